package story

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/internal/duotest"
)

// clientSecret proves to a simulated GitHub that a sign-in is ours.
const clientSecret = "an oauth secret for stories"

// WebhookSecret opens nothing but a simulated GitHub's door.
const WebhookSecret = "a webhook secret for stories"

// configure writes the files that a real installation has.
func (w *World) configure() error {
	key, err := w.App.PrivateKey()
	if err != nil {
		return err
	}
	if w.address, err = freeAddress(); err != nil {
		return err
	}
	w.token = rand.Text()
	sum := sha256.Sum256([]byte(w.token))
	authority, err := os.ReadFile(w.Duo.CAFile())
	if err != nil {
		return err
	}
	if w.bot, w.botKey, err = newKey("Sallyport"); err != nil {
		return err
	}
	people, err := w.peopleFile()
	if err != nil {
		return err
	}
	files := map[string]string{
		"app-key.pem":   string(key),
		"duo-ca.pem":    string(authority),
		"bot.asc":       w.botKey,
		"people.yml":    people,
		"tokens.yml":    fmt.Sprintf("- {name: stories, sha256: %s, scopes: [read, check, push, audit, freeze]}\n", hex.EncodeToString(sum[:])),
		"sallyport.yml": w.serverConfig(),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(w.Dir, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("writing the configuration: %w", err)
		}
	}
	return nil
}

func (w *World) serverConfig() string {
	database := w.Database
	if database == "" {
		database = "sqlite:sallyport.db"
	}
	return fmt.Sprintf(`server: {address: %q, public_url: %q}
database: %q
github:
  web_url: %q
  v3_api_url: %q
  v4_api_url: %q
  app:
    integration_id: %d
    %s
    private_key_file: app-key.pem
  oauth: {client_id: client, client_secret: %q}
duo: {host: %q, ikey: %q, skey: %q, ca_file: duo-ca.pem}
people: people.yml
keyring: keys
tokens: tokens.yml
signing_key: %s
checkpoint_file: sallyport.checkpoint
sweep: {interval: 1h}
recovery: {interval: 1h}
notify: {url: %q}
`, w.address, w.URL(), database, w.GitHub.URL(), w.GitHub.URL()+"/api/v3", w.GitHub.URL()+"/api/graphql",
		w.App.ID, w.signs.configured(), clientSecret, w.Duo.Host(), duotest.IKey, duotest.SKey, w.signing(), w.Channel.URL)
}

// peopleFile writes the keyring and describes who is who.
func (w *World) peopleFile() (string, error) {
	keys := filepath.Join(w.Dir, "keys")
	if err := os.MkdirAll(keys, 0o700); err != nil {
		return "", err
	}
	var b strings.Builder
	for _, p := range []struct{ name, login, duo string }{
		{"Ana", "ana", "ana.admin"}, {"Bo", "bo", "bo.admin"}, {"Dev", "dev", "dev.eloper"}, {"Eve", "eve", "eve.engineer"},
	} {
		signer, _, err := newKey(p.name)
		if err != nil {
			return "", err
		}
		w.keys[p.login] = signer
		if err := os.WriteFile(filepath.Join(keys, p.login+".asc"), signer.PublicKey(), 0o600); err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "- {name: %s, github: [%s], duo: %s, pgp: [%s]}\n", p.name, p.login, p.duo, signer.Fingerprint())
	}
	return b.String(), nil
}

// newKey makes a key pair that can sign, and its armored private half.
func newKey(name string) (*signature.Signer, string, error) {
	made := time.Now().Add(-time.Hour)
	entity, err := openpgp.NewEntity(name, "", strings.ToLower(name)+"@acme.example", &packet.Config{
		Algorithm: packet.PubKeyAlgoEdDSA, Time: func() time.Time { return made }})
	if err != nil {
		return nil, "", fmt.Errorf("making a key for %s: %w", name, err)
	}
	var b strings.Builder
	out, err := armor.Encode(&b, openpgp.PrivateKeyType, nil)
	if err != nil {
		return nil, "", err
	}
	if err := errors.Join(entity.SerializePrivate(out, nil), out.Close()); err != nil {
		return nil, "", fmt.Errorf("writing a key for %s: %w", name, err)
	}
	signer, err := signature.LoadSigner([]byte(b.String()), time.Now())
	return signer, b.String(), err
}

// addresses are those that this process gave to its stories: nobody listens there before a server starts, or while it is restarted.
var addresses sync.Map

// freeAddress finds a port that the server can keep over restarts. It is taken from below the range that the kernel
// hands out by itself, so that no other test's listener is given it while the server is down.
func freeAddress() (string, error) {
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 20000+mathrand.IntN(12000))
		if _, given := addresses.LoadOrStore(address, true); given {
			continue
		}
		if l, err := net.Listen("tcp", address); err == nil {
			return address, l.Close()
		}
	}
	return "", errors.New("finding a free port: a hundred tries were not enough")
}
