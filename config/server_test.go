package config

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

var appKey = sync.OnceValue(func() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return armored("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
})

func armored(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// folder writes files into a new folder and returns it.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func variables(pairs ...string) func(string) (string, bool) {
	set := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		set[pairs[i]] = pairs[i+1]
	}
	return func(name string) (string, bool) { v, ok := set[name]; return v, ok }
}

func TestExampleServer(t *testing.T) {
	example, err := os.ReadFile("testdata/sallyport.example.yml")
	if err != nil {
		t.Fatal(err)
	}
	dir := folder(t, map[string]string{
		"sallyport.yml": string(example), "secrets/webhook": "hook\n", "secrets/webhook-old": "hook before", "secrets/app.pem": appKey(),
		"secrets/oauth": "oauth\r\n", "secrets/duo": "duo", "secrets/slack": "https://hooks.example.com/services/T/B/C",
	})
	got, err := Load(filepath.Join(dir, "sallyport.yml"), variables())
	if err != nil {
		t.Fatal(err)
	}
	want := Server{
		Address: "127.0.0.1:8080", PublicURL: "https://sallyport.example.com", Database: "postgres://sallyport@db/sallyport",
		GitHub: GitHub{
			WebURL: "https://github.com", V3URL: "https://api.github.com", V4URL: "https://api.github.com/graphql",
			App:   App{IntegrationID: 1, WebhookSecret: "hook", WebhookSecretOld: "hook before", PrivateKey: Secret(strings.TrimRight(appKey(), "\n"))},
			OAuth: OAuth{ClientID: "Iv1.0123456789abcdef", ClientSecret: "oauth"},
		},
		Duo:    Duo{Host: "api-XXXX.duosecurity.com", IKey: "DIXXXXXXXXXXXXXXXXXX", SKey: "duo", CAFile: filepath.Join(dir, "duo-ca.pem"), Quotas: pull.Quotas{Pull: 3, Person: 30, Repository: 120}},
		People: filepath.Join(dir, "people.example.yml"), Keyring: filepath.Join(dir, "keys"),
		SigningKey: filepath.Join(dir, "secrets/bot.asc"), SigningKeysOld: filepath.Join(dir, "bot-keys"), CheckpointFile: filepath.Join(dir, "sallyport.checkpoint"),
		Bulldozer: filepath.Join(dir, "bulldozer.yml"), Tokens: filepath.Join(dir, "tokens.example.yml"),
		Sweep: 5 * time.Minute, Recovery: time.Minute, Watchdog: 10 * time.Minute, Lease: 2 * time.Minute, LedgerKeep: 400 * 24 * time.Hour, KeyringMaxAge: 36 * time.Hour, Notify: "https://hooks.example.com/services/T/B/C",
		DuoAPI: DuoAPI{Validity: 10 * time.Minute, PerPerson: 10, PerToken: 100},
	}
	if got != want {
		t.Errorf("server: got %+v\nwant %+v", got, want)
	}
}

// What the example does not show, nobody finds.
func TestTheExampleHasEveryKey(t *testing.T) {
	example, err := os.ReadFile("testdata/sallyport.example.yml")
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := yaml.Unmarshal(example, &tree); err != nil {
		t.Fatal(err)
	}
	for _, s := range settings {
		if !has(tree, s.key) && (!s.secret || !has(tree, s.key+fileSuffix)) {
			t.Errorf("%s is not in the example", s.key)
		}
	}
}

func has(tree map[string]any, key string) bool {
	head, rest, deeper := strings.Cut(key, ".")
	value, ok := tree[head]
	below, isTree := value.(map[string]any)
	if !deeper || !ok || !isTree {
		return ok && !deeper
	}
	return has(below, rest)
}

func TestServerDefaultsAndVariablesAlone(t *testing.T) {
	got, err := Load("", variables(
		"SALLYPORT_GITHUB_APP_INTEGRATION_ID", "7", "SALLYPORT_GITHUB_APP_WEBHOOK_SECRET", "hook", "SALLYPORT_GITHUB_APP_PRIVATE_KEY", appKey(),
		"SALLYPORT_SWEEP_INTERVAL", "90s",
	))
	if err != nil {
		t.Fatal(err)
	}
	want := Server{
		Address: "127.0.0.1:8080", PublicURL: "http://127.0.0.1:8080", Database: "sqlite:sallyport.db", CheckpointFile: "sallyport.checkpoint",
		GitHub: GitHub{
			WebURL: "https://github.com", V3URL: "https://api.github.com", V4URL: "https://api.github.com/graphql",
			App: App{IntegrationID: 7, WebhookSecret: "hook", PrivateKey: Secret(appKey())},
		},
		Sweep: 90 * time.Second, Recovery: time.Minute, Watchdog: 10 * time.Minute, Lease: 2 * time.Minute, KeyringMaxAge: 24 * time.Hour,
		DuoAPI: DuoAPI{Validity: 10 * time.Minute, PerPerson: 10, PerToken: 100},
	}
	if got != want {
		t.Errorf("server: got %+v\nwant %+v", got, want)
	}
}

// minimal is the least configuration that starts, with more lines below.
func minimal(more string) string {
	key := "      " + strings.ReplaceAll(strings.TrimSpace(appKey()), "\n", "\n      ")
	return "github:\n  app:\n    integration_id: 1\n    webhook_secret: hunter2\n    private_key: |\n" + key + "\n" + more
}

func TestPrecedence(t *testing.T) {
	files := map[string]string{
		"plain.yml": minimal(""), "file.yml": strings.Replace(minimal(""), "webhook_secret:", "webhook_secret_file: a\n    webhook_secret:", 1),
		"a": "from a\n", "b": "from b\n",
	}
	dir := folder(t, files)
	for _, test := range []struct {
		name, file string
		env        []string
		want       Secret
	}{
		{"a key", "plain.yml", nil, "hunter2"},
		{"a file over a key", "file.yml", nil, "from a"},
		{"a variable's file over a key's", "file.yml", []string{"SALLYPORT_GITHUB_APP_WEBHOOK_SECRET_FILE", "b"}, "from b"},
		{"a variable over everything", "file.yml", []string{"SALLYPORT_GITHUB_APP_WEBHOOK_SECRET", "from env", "SALLYPORT_GITHUB_APP_WEBHOOK_SECRET_FILE", "b"}, "from env"},
		{"a blank variable is none", "plain.yml", []string{"SALLYPORT_GITHUB_APP_WEBHOOK_SECRET", " "}, "hunter2"},
	} {
		got, err := Load(filepath.Join(dir, test.file), variables(test.env...))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		} else if got.GitHub.App.WebhookSecret != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got.GitHub.App.WebhookSecret.Reveal(), test.want.Reveal())
		}
	}
}

func TestServerProblems(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(ed)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Count(minimal(""), "\n")
	at := func(n int) string { return fmt.Sprintf(":%d:", lines+n) }
	for _, test := range []struct {
		name, text string
		env        []string
		want       string // in the problem that is told first
	}{
		{"an unknown key", minimal("sweeep: {}\n"), nil, at(1) + `1: unknown key "sweeep" in the configuration`},
		{"an unknown key below", minimal("duo: {hots: a}\n"), nil, at(1) + `7: unknown key "hots" in duo`},
		{"a file form of what is no secret", minimal("duo: {host_file: a}\n"), nil, at(1) + `7: unknown key "host_file" in duo`},
		{"a duplicate key", minimal("people: a\npeople: b\n"), nil, at(2) + `1: the key "people" is there twice`},
		{"a mapping for a value", minimal("people: {a: b}\n"), nil, at(1) + "9: people must be text, not a mapping"},
		{"a value for a mapping", minimal("server: a\n"), nil, at(1) + "9: server must be a mapping"},
		{"a bad address", minimal("server: {address: localhost}\n"), nil, at(1) + "10: server.address is not host:port"},
		{"a bad URL", minimal("server: {public_url: sallyport}\n"), nil, "server.public_url is not an http or https URL"},
		{"a URL with a query", minimal("server: {public_url: \"https://a/?b\"}\n"), nil, "server.public_url has a user, a query or a fragment"},
		{"a bad database", minimal("database: mysql://a/b\n"), nil, "database is neither a postgres:// URL"},
		{"SQLite nowhere", minimal("database: \"sqlite:\"\n"), nil, "database names no file"},
		{"a Duo host with a scheme", minimal("duo: {host: \"https://api-1.duosecurity.com\", ikey: a, skey: b}\n"), nil, "duo.host is not a host name"},
		{"half of Duo", minimal("duo: {host: api-1.duosecurity.com, ikey: a}\n"), nil, "duo.skey is missing: it is needed beside duo.host"},
		{"half of OAuth", minimal("") + "  oauth: {client_id: a}\n", nil, "github.oauth.client_secret is missing: it is needed beside github.oauth.client_id"},
		{"an age of no days", minimal("ledger: {keep: 0d}\n"), nil, "ledger.keep is no age of at least 1s"},
		{"an age without a unit", minimal("ledger: {keep: 400}\n"), nil, "ledger.keep is no age of at least 1s"},
		{"an age past all bounds", minimal("ledger: {keep: 99999999999d}\n"), nil, "ledger.keep is no age"},
		{"a period without a unit", minimal("sweep: {interval: 5}\n"), nil, "sweep.interval is not a period of at least 1s"},
		{"a keyring that never ages", minimal("keyring_max_age: 0\n"), nil, "keyring_max_age is not a period of at least 1s"},
		{"a period of nothing", minimal("recovery: {interval: 0s}\n"), nil, "recovery.interval is not a period of at least 1s"},
		{"a confirmation that never ends", minimal("duo_api: {validity: 25h}\n"), nil, "duo_api.validity is longer than 24h0m0s"},
		{"no asks at all", minimal("duo_api: {asks_per_person: 0}\n"), nil, "duo_api.asks_per_person is not a number from 1 to 100000"},
		{"a bad variable", minimal(""), []string{"SALLYPORT_SWEEP_INTERVAL", "soon"}, "the variable SALLYPORT_SWEEP_INTERVAL is not a period"},
		{"a bad id", minimal(""), []string{"SALLYPORT_GITHUB_APP_INTEGRATION_ID", "-1"}, "the variable SALLYPORT_GITHUB_APP_INTEGRATION_ID is not an app id"},
		{"no PEM", minimal(""), []string{"SALLYPORT_GITHUB_APP_PRIVATE_KEY", "abc"}, "the variable SALLYPORT_GITHUB_APP_PRIVATE_KEY is not PEM"},
		{"a key of another kind", minimal(""), []string{"SALLYPORT_GITHUB_APP_PRIVATE_KEY", armored("PRIVATE KEY", der)}, "is not an RSA private key"},
		{"two keys", minimal(""), []string{"SALLYPORT_GITHUB_APP_PRIVATE_KEY", appKey() + appKey()}, "has something after the key"},
		{"a file that is not there", minimal("duo: {host: a.b, ikey: a, skey_file: gone}\n"), nil, "duo.skey_file names a file that cannot be read"},
		{"an empty file", minimal("duo: {host: a.b, ikey: a, skey_file: empty}\n"), nil, "duo.skey_file names an empty file"},
		{"broken YAML", "github: [\n", nil, ":1:9: sequence end token ']' not found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := folder(t, map[string]string{"sallyport.yml": test.text, "empty": "\n"})
			_, err := Load(filepath.Join(dir, "sallyport.yml"), variables(test.env...))
			if err == nil {
				t.Fatalf("got no error, want %q", test.want)
			}
			first := err.(*Problems).List()[0]
			if !strings.Contains(first.String(), test.want) {
				t.Errorf("got %q, want %q", first, test.want)
			}
			if first.Mend == "" {
				t.Error("no mend is offered")
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
}

func TestThreat2MissingSecrets(t *testing.T) {
	dir := folder(t, map[string]string{"sallyport.yml": "github:\n  app: {webhook_secret_file: blank}\n", "blank": " \n"})
	_, err := Load(filepath.Join(dir, "sallyport.yml"), variables())
	var got []string
	for _, p := range err.(*Problems).List() {
		got = append(got, strings.TrimPrefix(p.String(), filepath.Join(dir, "sallyport.yml"))+" | "+p.Mend)
	}
	want := []string{
		":2:9: github.app.webhook_secret_file names an empty file | put the secret into it",
		": github.app.integration_id is missing: the GitHub App's numeric id | set the key github.app.integration_id, or the variable SALLYPORT_GITHUB_APP_INTEGRATION_ID",
		": github.app.private_key is missing: the GitHub App's private key | set the key github.app.private_key or github.app.private_key_file, or the variable SALLYPORT_GITHUB_APP_PRIVATE_KEY",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	_, err = Load("", variables("SALLYPORT_GITHUB_APP_WEBHOOK_SECRET", ""))
	if want := "github.app.webhook_secret is missing"; !strings.Contains(err.Error(), want) {
		t.Errorf("an empty secret: got %v, want %q", err, want)
	}
}

func TestLoadWithoutAFile(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.yml"), variables())
	if err == nil || !strings.Contains(err.Error(), "reading the configuration") {
		t.Errorf("got %v", err)
	}
}

func TestSecretsStayHidden(t *testing.T) {
	dir := folder(t, map[string]string{"sallyport.yml": minimal("database: postgres://u:hunter2@db/name?password=hunter2\nduo: {host: a.b, ikey: i, skey: hunter2}\n")})
	server, err := Load(filepath.Join(dir, "sallyport.yml"), variables())
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	logger.Info("start", "server", server, "secret", server.Duo.SKey, "duo", server.Duo)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		fmt.Fprintf(&log, verb, server)
		fmt.Fprintf(&log, verb, server.Duo)
		fmt.Fprintf(&log, verb, server.Duo.SKey)
	}
	if err := json.NewEncoder(&log).Encode(server); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"hunter2", fmt.Sprintf("%x", "hunter2"), strings.Split(appKey(), "\n")[1]} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%q shows in %s", secret, log.String())
		}
	}
	if want := "database postgres://db/name, GitHub App 1"; !strings.Contains(server.String(), want) {
		t.Errorf("got %s, want %q in it", server, want)
	}
	if got := Secret("").String(); got != "" {
		t.Errorf("an empty secret: got %q", got)
	}
}
