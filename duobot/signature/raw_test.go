package signature

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/sallyport/sallyport/pull"
)

func fuzzEntity(t testing.TB) *openpgp.Entity { t.Helper(); return entity(t, packet.Config{}) }

// TestRaw rebuilds objects from what GitHub reports, which does not say where the header stood or how it ended.
func TestRaw(t *testing.T) {
	e := fuzzEntity(t)
	ring := ringFrom(t, publicKey(t, e))
	o := plain("a change\n", Header{"encoding", "UTF-8"}, Header{"x", "y"})
	armor := forge(e).armor(o.Bytes())
	bare := strings.TrimRight(armor, "\n")
	wide := plain("a change\n")
	wide.Headers[0].Value = tree256
	for _, c := range []struct {
		name     string
		payload  Object
		at       int
		header   Header
		reported string
	}{
		{"as git writes it", o, 5, Header{"gpgsig", bare}, armor},
		{"reported without newline", o, 5, Header{"gpgsig", bare}, bare},
		{"before the encoding", o, 3, Header{"gpgsig", bare}, armor},
		{"in the middle", o, 4, Header{"gpgsig", bare}, armor},
		{"as GitHub's editor writes it", o, 5, Header{"gpgsig", bare + "\n"}, armor},
		{"two empty lines", o, 5, Header{"gpgsig", bare + "\n\n"}, armor},
		{"SHA-256", wide, 3, Header{"gpgsig-sha256", strings.TrimRight(forge(e).armor(wide.Bytes()), "\n")}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.reported == "" {
				c.reported = c.header.Value
			}
			raw := c.payload.insert(c.at, c.header).Bytes()
			commit := reported(c.payload, c.reported, raw)
			got, err := Raw(commit)
			if err != nil || !bytes.Equal(got, raw) {
				t.Fatalf("%q, %v; want %q", got, err, raw)
			}
			if r := Verify(commit, ring, time.Now()); r.Code != Good || r.Evidence["raw-sha256"] == "" {
				t.Errorf("code %q, evidence %v", r.Code, r.Evidence)
			}
		})
	}
}

func TestRawRefused(t *testing.T) {
	e := fuzzEntity(t)
	ring := ringFrom(t, publicKey(t, e))
	o := plain("a change\n")
	armor := forge(e).armor(o.Bytes())
	good := signed(o, armor)
	change := func(f func(*pull.Commit)) pull.Commit {
		c := good
		f(&c)
		return c
	}
	twice := plain("a change\n", Header{"gpgsig", strings.TrimRight(armor, "\n")})
	for _, c := range []struct {
		name   string
		commit pull.Commit
		want   string
	}{
		{"nothing changed", good, Good},
		{"Threat38 GitHub's word without bytes", pull.Commit{SHA: good.SHA, ByGitHub: true}, Missing},
		{"not signed", change(func(c *pull.Commit) { c.Signature = "" }), Missing},
		{"no payload", change(func(c *pull.Commit) { c.Payload = "" }), Missing},
		{"another SHA", change(func(c *pull.Commit) { c.SHA = strings.Repeat("0", 40) }), RawMismatch},
		{"no SHA", change(func(c *pull.Commit) { c.SHA = "" }), RawMismatch},
		{"SHA in capitals", change(func(c *pull.Commit) { c.SHA = strings.ToUpper(c.SHA) }), RawMismatch},
		{"another payload", change(func(c *pull.Commit) { c.Payload += "x" }), RawMismatch},
		{"another signature", change(func(c *pull.Commit) { c.Signature = forge(fuzzEntity(t)).armor(o.Bytes()) }), RawMismatch},
		{"another tree", change(func(c *pull.Commit) { c.Tree = strings.Repeat("1", 40) }), RawMismatch},
		{"other parents", change(func(c *pull.Commit) { c.Parents = []string{strings.Repeat("1", 40)} }), RawMismatch},
		{"SSH", change(func(c *pull.Commit) { c.Signature = "-----BEGIN SSH SIGNATURE-----\n" }), UnsupportedSSH},
		{"S/MIME", change(func(c *pull.Commit) { c.Signature = "-----BEGIN SIGNED MESSAGE-----\n" }), UnsupportedMIME},
		{"two signature headers", signed(twice, armor), Many},
		{"huge", change(func(c *pull.Commit) { c.Payload = strings.Repeat("x", maxPayload+1) }), RawMismatch},
		{"no commit", change(func(c *pull.Commit) { c.Payload = "hello" }), Malformed},
		{"Threat47 NUL", signed(plain("a\x00b"), armor), Malformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Verify(c.commit, ring, time.Now())
			if got.Code != c.want {
				t.Errorf("code %q, want %q: %s", got.Code, c.want, got.Message)
			}
			checkWords(t, got)
		})
	}
}

func TestRawUnsigned(t *testing.T) {
	o := plain("a change\n")
	commit := pull.Commit{SHA: ObjectID(o.Bytes(), tree1), Payload: string(o.Bytes())}
	if raw, err := Raw(commit); err != nil || !bytes.Equal(raw, o.Bytes()) {
		t.Errorf("%q, %v", raw, err)
	}
	commit.Payload += "x"
	if _, err := Raw(commit); codeOf(err) != RawMismatch {
		t.Errorf("error %v, want code %q", err, RawMismatch)
	}
}

// TestEveryCodeHasAStep keeps codes and next steps together.
func TestEveryCodeHasAStep(t *testing.T) {
	for _, code := range []string{Missing, RawMismatch, UnsupportedSSH, UnsupportedMIME, Malformed, Many, WrongVersion, WrongType,
		WeakHash, NoIssuer, UnknownKey, KeyRevoked, KeyExpired, KeyNotYetValid, KeyCannotSign, KeyWeak, NoBackSignature, Expired,
		FromFuture, CriticalUnknown, Bad, KeyringStale} {
		if !strings.HasSuffix(next[code], ".") {
			t.Errorf("next step of %s is %q", code, next[code])
		}
	}
	if len(next) != 22 {
		t.Errorf("%d next steps, want 22", len(next))
	}
}
