package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// setting is one key of the server configuration.
type setting struct {
	key    string // as a path: "github.app.private_key"
	secret bool   // may also be given as a file
	need   string // why the server cannot start without it; "" when it can
	set    func(s *Server, value string, dir string) error
}

// variable is the environment variable of a key.
func variable(key string) string {
	return "SALLYPORT_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// settings are all keys, in the order in which problems with them are told.
var settings = []setting{
	{key: "server.address", set: func(s *Server, v, _ string) error { s.Address = v; return checkAddress(v) }},
	{key: "server.public_url", set: webURL(func(s *Server) *string { return &s.PublicURL })},
	{key: "database", secret: true, set: setDatabase},
	{key: "github.web_url", set: webURL(func(s *Server) *string { return &s.GitHub.WebURL })},
	{key: "github.v3_api_url", set: webURL(func(s *Server) *string { return &s.GitHub.V3URL })},
	{key: "github.v4_api_url", set: webURL(func(s *Server) *string { return &s.GitHub.V4URL })},
	{key: "github.app.integration_id", need: "the GitHub App's numeric id", set: setAppID},
	{key: "github.app.webhook_secret", secret: true, need: "the secret of the GitHub App's webhook",
		set: func(s *Server, v, _ string) error { s.GitHub.App.WebhookSecret = Secret(v); return nil }},
	{key: "github.app.webhook_secret_old", secret: true,
		set: func(s *Server, v, _ string) error { s.GitHub.App.WebhookSecretOld = Secret(v); return nil }},
	{key: "github.app.private_key", secret: true, need: "the GitHub App's private key",
		set: func(s *Server, v, _ string) error { s.GitHub.App.PrivateKey = Secret(v); return checkKey(v) }},
	{key: "github.oauth.client_id", set: text(func(s *Server) *string { return &s.GitHub.OAuth.ClientID })},
	{key: "github.oauth.client_secret", secret: true,
		set: func(s *Server, v, _ string) error { s.GitHub.OAuth.ClientSecret = Secret(v); return nil }},
	{key: "duo.host", set: func(s *Server, v, _ string) error { s.Duo.Host = v; return checkHost(v) }},
	{key: "duo.ikey", set: text(func(s *Server) *string { return &s.Duo.IKey })},
	{key: "duo.skey", secret: true, set: func(s *Server, v, _ string) error { s.Duo.SKey = Secret(v); return nil }},
	{key: "duo.quota.pull_request", set: pushes(func(s *Server) *int { return &s.Duo.Quotas.Pull })},
	{key: "duo.quota.person", set: pushes(func(s *Server) *int { return &s.Duo.Quotas.Person })},
	{key: "duo.quota.repository", set: pushes(func(s *Server) *int { return &s.Duo.Quotas.Repository })},
	{key: "duo.passcode", set: onOff(func(s *Server, on bool) { s.Duo.NoPasscode = !on })},
	{key: "duo.phone_call", set: onOff(func(s *Server, on bool) { s.Duo.NoPhoneCall = !on })},
	{key: "duo.verified_push", set: onOff(func(s *Server, on bool) { s.Duo.VerifiedPush = on })},
	{key: "duo.ca_file", set: place(func(s *Server) *string { return &s.Duo.CAFile })},
	{key: "notify.url", secret: true, set: func(s *Server, v, _ string) error { s.Notify = Secret(v); return checkURL(v) }},
	{key: "people", set: place(func(s *Server) *string { return &s.People })},
	{key: "keyring", set: place(func(s *Server) *string { return &s.Keyring })},
	{key: "keyring_max_age", set: func(s *Server, v, _ string) (err error) { s.KeyringMaxAge, err = period(v); return err }},
	{key: "signing_key", set: place(func(s *Server) *string { return &s.SigningKey })},
	{key: "checkpoint_file", set: place(func(s *Server) *string { return &s.CheckpointFile })},
	{key: "signing_keys_old", set: place(func(s *Server) *string { return &s.SigningKeysOld })},
	{key: "tokens", set: place(func(s *Server) *string { return &s.Tokens })},
	{key: "bulldozer.default", set: place(func(s *Server) *string { return &s.Bulldozer })},
	{key: "sweep.interval", set: setSweep},
	{key: "recovery.interval", set: setRecovery},
	{key: "watchdog", set: setWatchdog},
	{key: "lease", set: setLease},
	{key: "ledger.keep", set: setLedgerKeep},
	{key: "duo_api.validity", set: setValidity},
	{key: "duo_api.asks_per_person", set: count(func(s *Server) *int { return &s.DuoAPI.PerPerson })},
	{key: "duo_api.asks_per_token", set: count(func(s *Server) *int { return &s.DuoAPI.PerToken })},
}

func text(field func(*Server) *string) func(*Server, string, string) error {
	return func(s *Server, v, _ string) error { *field(s) = v; return nil }
}

func place(field func(*Server) *string) func(*Server, string, string) error {
	return func(s *Server, v, dir string) error { *field(s) = resolve(dir, v); return nil }
}

func webURL(field func(*Server) *string) func(*Server, string, string) error {
	return func(s *Server, v, _ string) error { *field(s) = strings.TrimRight(v, "/"); return checkURL(v) }
}

func setAppID(s *Server, v, _ string) error {
	id, err := strconv.ParseInt(v, 10, 64)
	if err != nil || id <= 0 {
		return faulty{"is not an app id", "copy the number from the app's settings page"}
	}
	s.GitHub.App.IntegrationID = id
	return nil
}

func pushes(field func(*Server) *int) func(*Server, string, string) error {
	return func(s *Server, v, _ string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 10_000 {
			return faulty{"is not a number from 1 to 10000", "write how many pushes an hour may bring"}
		}
		*field(s) = n
		return nil
	}
}

func onOff(set func(s *Server, on bool)) func(*Server, string, string) error {
	return func(s *Server, v, _ string) error {
		if v != "true" && v != "false" {
			return faulty{"is neither true nor false", "write true or false"}
		}
		set(s, v == "true")
		return nil
	}
}

func setSweep(s *Server, v, _ string) (err error) { s.Sweep, err = period(v); return err }

func setWatchdog(s *Server, v, _ string) (err error) { s.Watchdog, err = period(v); return err }

// setLease leaves a pass, which may take half of it, the time for a few answers of GitHub's.
func setLease(s *Server, v, _ string) (err error) {
	if s.Lease, err = period(v); err == nil && s.Lease < leaseLeast {
		err = faulty{fmt.Sprintf("is shorter than %s", leaseLeast), "a process that is merely busy would be taken for stopped"}
	}
	return err
}

const leaseLeast = 4 * time.Second

func setLedgerKeep(s *Server, v, _ string) (err error) { s.LedgerKeep, err = age(v); return err }

func setRecovery(s *Server, v, _ string) (err error) { s.Recovery, err = period(v); return err }

func setValidity(s *Server, v, _ string) (err error) {
	if s.DuoAPI.Validity, err = period(v); err == nil && s.DuoAPI.Validity > validityMost {
		err = faulty{fmt.Sprintf("is longer than %s", validityMost), "let people confirm again instead"}
	}
	return err
}

// validityMost keeps a confirmation from outliving the memory of having given it.
const validityMost = 24 * time.Hour

func count(field func(*Server) *int) func(*Server, string, string) error {
	return func(s *Server, v, _ string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 100_000 {
			return faulty{"is not a number from 1 to 100000", "write how often in an hour"}
		}
		*field(s) = n
		return nil
	}
}

// known are the keys that may stand below a prefix ("" for the top), each once, with the file forms of secrets.
func known(prefix string) []string {
	var keys []string
	for _, s := range settings {
		rest, ok := strings.CutPrefix(s.key, prefix)
		if !ok {
			continue
		}
		head, _, deeper := strings.Cut(rest, ".")
		if len(keys) == 0 || keys[len(keys)-1] != head {
			keys = append(keys, head)
		}
		if s.secret && !deeper {
			keys = append(keys, head+fileSuffix)
		}
	}
	return keys
}

const fileSuffix = "_file"
