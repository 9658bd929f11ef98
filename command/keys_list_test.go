package command

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/sallyport/sallyport/duobot/signature"
)

// keyFile writes a public key that was made two hours ago.
func keyFile(t *testing.T, dir, name string, lifetime time.Duration, revoked bool) string {
	t.Helper()
	made := &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, KeyLifetimeSecs: uint32(lifetime.Seconds()),
		Time: func() time.Time { return time.Now().Add(-2 * time.Hour) }}
	e, err := openpgp.NewEntity(name, "", name+"@acme.example", made)
	if err != nil {
		t.Fatal(err)
	}
	if revoked {
		if err := e.RevokeKey(packet.KeyCompromised, "stolen", made); err != nil {
			t.Fatal(err)
		}
	}
	var text bytes.Buffer
	w, err := armor.Encode(&text, openpgp.PublicKeyType, nil)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, name+".asc")
	if err := errors.Join(e.Serialize(w), w.Close(), os.WriteFile(file, text.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	return file
}

// A key that may not sign is listed all the same, with the reason, and the exit status tells.
func TestKeysThatMayNotSignAreListedAsSuch(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		name     string
		lifetime time.Duration
		revoked  bool
		code     string
		status   int
	}{
		{"sound", 0, false, "", 0},
		{"expired", time.Hour, false, signature.KeyExpired, 1},
		{"revoked", 0, true, signature.KeyRevoked, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := keyFile(t, dir, tt.name, tt.lifetime, tt.revoked)
			keys, err := listKeys("", []string{file})
			if err != nil || len(keys) != 1 {
				t.Fatalf("%d keys, %v", len(keys), err)
			}
			if k := keys[0]; k.Code != tt.code || k.Usable != (tt.code == "") || k.Usable == (k.Why != "") || len(k.UserIDs) != 1 {
				t.Errorf("listed as %+v, want code %q", k, tt.code)
			}
			var out strings.Builder
			cmd := newKeysList()
			cmd.SetOut(&out)
			cmd.SetErr(&out)
			cmd.SetArgs([]string{file})
			err = cmd.Execute()
			var exit exitCode
			if status := 0; errors.As(err, &exit) {
				status = exit.code
				if status != tt.status {
					t.Errorf("status %d, want %d", status, tt.status)
				}
			} else if (err != nil) != (tt.status != 0) {
				t.Errorf("got %v, want status %d", err, tt.status)
			}
			if !strings.Contains(out.String(), keys[0].Fingerprint) {
				t.Errorf("the list lacks the key:\n%s", out.String())
			}
		})
	}
}
