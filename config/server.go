package config

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// Server is the server's own configuration, complete and validated: defaults are filled in and paths are resolved
// against the configuration file's folder.
type Server struct {
	Address   string // host:port to listen on
	PublicURL string // how browsers and GitHub reach the server, without a trailing slash
	// Database is a postgres:// URL, or "sqlite:PATH". It may hold a password.
	Database Secret
	GitHub   GitHub
	Duo      Duo
	People   string // path of the people file; "" when there is none
	Keyring  string // folder of armored public keys; "" when there is none
	// KeyringMaxAge is how long the keyring counts after its content was last confirmed to be up to date.
	KeyringMaxAge time.Duration
	// SigningKey is the path of the bot's armored private key; "" when there is none.
	SigningKey string
	// CheckpointFile keeps the ledger's newest checkpoint outside the database. "" keeps none, which only PostgreSQL allows.
	CheckpointFile string
	// SigningKeysOld is a folder of the public keys that the bot had before; "" when there is none.
	SigningKeysOld string
	Tokens         string        // path of the tokens file; "" when there is none
	Bulldozer      string        // path of the bulldozer configuration of repositories that have none; "" for none
	Sweep          time.Duration // how often every open pull request is read again
	Recovery       time.Duration // how often failed deliveries are looked for
	Watchdog       time.Duration // how long what is ready may take to land before it is told of
	Lease          time.Duration // how long a replica may be silent before the others go on without it
	LedgerKeep     time.Duration // how old bodies of ledger rows may get; 0 keeps them for ever
	DuoAPI         DuoAPI
	// Notify is the address of a Slack-compatible webhook that is told of alarms; "" when there is none. It is a secret.
	Notify Secret
}

// DuoAPI bounds what the API that speaks duo-bot's language may ask of people, within an hour, and for how long an
// answer counts.
type DuoAPI struct {
	Validity  time.Duration
	PerPerson int
	PerToken  int
}

// GitHub is how to reach GitHub, and as whom.
type GitHub struct {
	WebURL string // without a trailing slash
	V3URL  string
	V4URL  string
	App    App
	OAuth  OAuth
}

// App is the GitHub App. PrivateKey is an RSA key in PEM. WebhookSecretOld counts beside WebhookSecret while that is being
// replaced; "" is none.
type App struct {
	IntegrationID    int64
	WebhookSecret    Secret
	WebhookSecretOld Secret
	PrivateKey       Secret
}

// WebhookSecrets are those by which a delivery may be signed, the one in use first.
func (a App) WebhookSecrets() []string {
	if a.WebhookSecretOld == "" {
		return []string{a.WebhookSecret.Reveal()}
	}
	return []string{a.WebhookSecret.Reveal(), a.WebhookSecretOld.Reveal()}
}

// OAuth signs people in to the pages. Both fields are empty where nobody can sign in.
type OAuth struct {
	ClientID     string
	ClientSecret Secret
}

// Configured reports whether people can sign in.
func (o OAuth) Configured() bool { return o.ClientID != "" }

// Duo is the Auth API application. All fields are empty where Duo is not used.
type Duo struct {
	Host string // api-XXXX.duosecurity.com, without a scheme
	IKey string
	SKey Secret
	// NoPasscode and NoPhoneCall take these factors away from the pages and the API.
	NoPasscode, NoPhoneCall bool
	VerifiedPush            bool        // have the tenant's policy of verified push heeded
	Quotas                  pull.Quotas // pushes within an hour; zero fields get the defaults
	CAFile                  string      // path of further CA certificates in PEM; "" for the system's
}

// Configured reports whether there is a Duo application to ask.
func (d Duo) Configured() bool { return d.Host != "" }

// String describes the configuration for the log, without anything secret.
func (s Server) String() string {
	duo := "not configured"
	if s.Duo.Configured() {
		duo = s.Duo.Host
	}
	return fmt.Sprintf("listening on %s as %s, database %s, GitHub App %d at %s, Duo %s, sweep every %s, recovery every %s",
		s.Address, s.PublicURL, s.databaseShown(), s.GitHub.App.IntegrationID, s.GitHub.WebURL, duo, s.Sweep, s.Recovery)
}

// GoString is String, so that no verb reaches further.
func (s Server) GoString() string { return s.String() }

// databaseShown names the database without its password, wherever in the URL that stands.
func (s Server) databaseShown() string {
	if strings.HasPrefix(s.Database.Reveal(), sqlitePrefix) {
		return s.Database.Reveal()
	}
	u, err := url.Parse(s.Database.Reveal())
	if err != nil {
		return hidden
	}
	return u.Scheme + "://" + u.Host + u.Path
}
