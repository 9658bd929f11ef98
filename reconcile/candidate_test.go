package reconcile

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/pull"
)

// uploads counts what GitHub is handed.
type uploads struct {
	GitHub
	commits []pull.Candidate
}

func (u *uploads) Upload(_ context.Context, _ pull.Repo, c pull.Candidate) (sha, doubt string, err error) {
	u.commits = append(u.commits, c)
	return c.SHA, "", nil
}

func signer(t *testing.T) *signature.Signer {
	t.Helper()
	e, err := openpgp.NewEntity("Bot", "", "bot@example.com", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, DefaultHash: crypto.SHA512})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := armor.EncodeWithChecksumOption(&b, "PGP PRIVATE KEY BLOCK", nil, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(e.SerializePrivate(w, nil), w.Close()); err != nil {
		t.Fatal(err)
	}
	s, err := signature.LoadSigner(b.Bytes(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A fork's code reaches the repository itself only once somebody has agreed to it.
func TestThreat75NothingIsUploadedBeforeApproval(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*pull.Request)
		want   int
	}{
		"approved":     {func(*pull.Request) {}, 1},
		"not approved": {func(r *pull.Request) { r.Reviews = nil }, 0},
		"objected to": {func(r *pull.Request) {
			r.Reviews = append(r.Reviews, pull.Review{ID: 2, Author: ana, State: pull.ChangesRequested, Commit: r.Head.SHA, At: noon})
		}, 0},
		"red": {func(r *pull.Request) { r.Checks[0].Conclusion = "failure" }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			g, w := &uploads{}, world()
			w.Signs, w.Turn = true, &pull.Turn{Branch: "main", Holds: true}
			w.Request.At = time.Now()
			w.Request.Policy.Text = strings.Replace(policyText, "method: merge", "method: exact", 1)
			tt.change(&w.Request)
			p := &pass{Reconciler: &Reconciler{GitHub: g, Store: &grantingStore{}, Signer: signer(t), Now: time.Now}, log: slog.New(slog.DiscardHandler)}
			if _, err := p.prepare(t.Context(), judge(w)); err != nil {
				t.Fatal(err)
			}
			if len(g.commits) != tt.want {
				t.Errorf("%d commits were handed over, want %d", len(g.commits), tt.want)
			}
		})
	}
}
