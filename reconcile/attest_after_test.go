package reconcile

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"testing"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/pull"
)

// commitsOf is a GitHub that knows one commit, or fails.
type commitsOf struct {
	GitHub
	commit pull.Commit
	err    error
	asked  int
}

func (g *commitsOf) Commit(context.Context, pull.Repo, string) (pull.Commit, error) {
	g.asked++
	return g.commit, g.err
}

// An attestation names the very bytes that landed: those that came with the look, else those that GitHub gives when asked, and
// only bytes that make the commit's name.
func TestAnAttestationNamesTheBytesThatLanded(t *testing.T) {
	payload := "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\nLand\n"
	name := sha1.Sum(fmt.Appendf(nil, "commit %d\x00%s", len(payload), payload))
	sum := sha256.Sum256([]byte(payload))
	commit, digest := pull.Commit{SHA: hex.EncodeToString(name[:]), Payload: payload}, hex.EncodeToString(sum[:])
	another := commit
	another.Payload += "and more\n"
	tests := []struct {
		name   string
		seen   *pull.Commit
		github commitsOf
		want   string
		asked  int
		code   string
	}{
		{"they came with the look", &commit, commitsOf{}, digest, 0, ""},
		{"they did not", nil, commitsOf{commit: commit}, digest, 1, ""},
		{"other bytes came", &another, commitsOf{commit: commit}, digest, 1, ""},
		{"other bytes are given", nil, commitsOf{commit: another}, "", 1, ""},
		{"GitHub will never give them", nil, commitsOf{err: &pull.Failure{Class: pull.Permanent, Code: "gone", Err: errors.New("gone")}}, "", 1, ""},
		{"GitHub is away", nil, commitsOf{err: &pull.Failure{Class: pull.Transient, Code: "away", Err: errors.New("away")}}, "", 1, "away"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &pass{Reconciler: stillReconciler(&tt.github, nil)}
			l := attest.Landing{CommitSHA256: digestSeen(pull.Landed{SHA: commit.SHA, Commit: tt.seen})}
			got, err := p.digested(t.Context(), pull.Repo{}, l, commit.SHA)
			var failure *pull.Failure
			if errors.As(err, &failure); (err == nil) != (tt.code == "") || err != nil && failure.Code != tt.code {
				t.Fatalf("got %v, want %q", err, tt.code)
			}
			if got.CommitSHA256 != tt.want || tt.github.asked != tt.asked {
				t.Errorf("got %q and %d requests, want %q and %d", got.CommitSHA256, tt.github.asked, tt.want, tt.asked)
			}
		})
	}
}
