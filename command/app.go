package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/hub"
	"github.com/sallyport/sallyport/notify"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
	"github.com/sallyport/sallyport/server"
	"github.com/sallyport/sallyport/store"
)

// app is the running program: every part, and who knows whom.
type app struct {
	config  config.Server
	log     *slog.Logger
	store   *store.Store
	hub     *hub.Hub
	duo     *duobot.Client // nil where Duo is not configured
	files   *files
	passes  *reconcile.Reconciler
	upkeep  *reconcile.Upkeep
	auditor *reconcile.Auditor
	server  *server.Server
	metrics *metrics
	webhook *notify.Webhook // nil where nobody is told of alarms
}

// newApp opens the database and wires the parts. It talks to neither GitHub nor Duo.
func newApp(ctx context.Context, cfg config.Server, log *slog.Logger, openPages bool) (_ *app, err error) {
	a := &app{config: cfg, log: log, metrics: newMetrics()}
	if a.files, err = readFiles(cfg); err != nil {
		return nil, err
	}
	if a.hub, err = newHub(cfg, log, a.metrics); err != nil {
		return nil, err
	}
	if a.duo, err = newDuo(cfg, log); err != nil {
		return nil, err
	}
	if cfg.Notify != "" {
		if a.webhook, err = notify.New(cfg.Notify.Reveal()); err != nil {
			return nil, fmt.Errorf("preparing notify.url: %w", err)
		}
	}
	if a.store, err = store.Open(ctx, cfg.Database.Reveal(), log); err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	a.store.Quotas = quotas(a.store.Quotas, cfg.Duo.Quotas)
	a.metrics.watch(a.store, a.log)
	if cfg.Keyring != "" {
		a.metrics.watchKeyring(a.files)
	}
	a.passes = &reconcile.Reconciler{GitHub: a.hub, Store: a.store, People: a.files.People, Ring: a.files.Ring,
		App: cfg.GitHub.App.IntegrationID, PublicURL: cfg.PublicURL, Log: log, Now: time.Now}
	if a.duo != nil {
		a.passes.Duo = a.duo
	}
	if a.passes.Signer, err = readSigner(cfg.SigningKey); err != nil {
		return nil, errors.Join(err, a.store.Close())
	}
	if err := a.openLedger(ctx); err != nil {
		return nil, errors.Join(err, a.store.Close())
	}
	a.store.Lease, a.passes.Lease = cfg.Lease, cfg.Lease
	a.passes.Watchdog, a.passes.Overdue = cfg.Watchdog, a.metrics.overdue
	if a.passes.Landing, err = readLanding(cfg.Bulldozer); err != nil {
		return nil, errors.Join(err, a.store.Close())
	}
	if a.passes.Keys, err = botKeys(cfg, a.passes.Signer); err != nil {
		return nil, errors.Join(err, a.store.Close())
	}
	a.auditor = &reconcile.Auditor{GitHub: a.hub, Store: a.store, PublicURL: cfg.PublicURL, Log: log}
	a.upkeep = &reconcile.Upkeep{Gap: a.metrics.delivered, Landing: a.passes.Landing, GitHub: a.hub, Store: a.store, Log: log, Now: time.Now}
	if a.server, err = a.newServer(openPages); err != nil {
		return nil, errors.Join(err, a.store.Close())
	}
	return a, nil
}

// quotas are the defaults with what the operator set.
func quotas(all, set pull.Quotas) pull.Quotas {
	return pull.Quotas{Pull: cmp.Or(set.Pull, all.Pull), Person: cmp.Or(set.Person, all.Person), Repository: cmp.Or(set.Repository, all.Repository)}
}

func newHub(cfg config.Server, log *slog.Logger, m *metrics) (*hub.Hub, error) {
	return hub.New(hub.Config{AppID: cfg.GitHub.App.IntegrationID, PrivateKey: []byte(cfg.GitHub.App.PrivateKey.Reveal()),
		V3URL: cfg.GitHub.V3URL, V4URL: cfg.GitHub.V4URL, UserAgent: "sallyport", Log: log, Meter: m.call, PutOff: m.putOff})
}

func newDuo(cfg config.Server, log *slog.Logger) (*duobot.Client, error) {
	if !cfg.Duo.Configured() {
		return nil, nil
	}
	return duobot.NewClient(duobot.Config{Host: cfg.Duo.Host, IKey: cfg.Duo.IKey, SKey: cfg.Duo.SKey.Reveal(),
		CAFile: cfg.Duo.CAFile, Verified: cfg.Duo.VerifiedPush, Log: log})
}

func (a *app) newServer(openPages bool) (*server.Server, error) {
	cfg := a.config
	return server.New(server.Config{
		PublicURL: cfg.PublicURL, WebhookSecrets: cfg.GitHub.App.WebhookSecrets(),
		AppID:   cfg.GitHub.App.IntegrationID,
		GitHub:  server.GitHub{WebURL: cfg.GitHub.WebURL, APIURL: cfg.GitHub.V3URL},
		OAuth:   server.OAuth{ClientID: cfg.GitHub.OAuth.ClientID, ClientSecret: cfg.GitHub.OAuth.ClientSecret.Reveal()},
		Confirm: a.confirm, Factors: factors(cfg.Duo), Codes: a.store.VerificationCode,
		OpenPages: openPages, Inbox: a.store, Records: a.store, Ledger: a.store, Changes: a.store, Tokens: a.files.Token, Probes: a.probes(),
		Governing: governing, Checkpoint: a.checkpoint, Validate: validate, Simulate: a.simulate, Keys: a.keys(), Freezes: a.store, Version: version(), Log: a.log, Registry: a.metrics.registry,
	})
}

// keys answers duo-bot's API.
func (a *app) keys() *reconcile.Keys {
	limits := a.config.DuoAPI
	k := &reconcile.Keys{Store: a.store, People: a.files.People, Validity: limits.Validity, Log: a.log,
		Limits: pull.KeyLimits{Person: limits.PerPerson, Token: limits.PerToken}}
	if a.duo != nil {
		k.Duo = a.duo
	}
	return k
}

// version is that of the module the program was built from.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

func (a *app) probes() []server.Probe {
	probes := []server.Probe{
		{Name: "database", Required: true, Check: a.store.Ping},
		{Name: "queue", Required: true, Check: a.queueRuns},
		{Name: "ledger", Check: a.store.LedgerFault},
		{Name: "ledger-rights", Check: a.store.LedgerRights},
		{Name: "github", Check: a.hub.Ping},
		{Name: "github-app", Check: a.hub.Registered},
	}
	if a.config.Keyring != "" {
		probes = append(probes, server.Probe{Name: "keyring", Check: a.files.keyringFresh})
	}
	if a.duo != nil {
		probes = append(probes, server.Probe{Name: "duo", Check: a.duo.Check})
	}
	return probes
}

func (a *app) queueRuns(ctx context.Context) error {
	stats, err := a.store.Stats(ctx)
	if err == nil && !stats.Running {
		err = errors.New("the queue is not running")
	}
	return err
}

// governing tells the pages which rule governs which file.
func governing(r pull.Request) []server.Governed {
	policy, problems := config.ParsePolicy(r.Policy.Path, []byte(r.Policy.Text))
	if problems != nil || policy.PolicyBot != nil {
		return nil // policy-bot's rules speak of whole pull requests, not of files
	}
	var out []server.Governed
	for _, g := range approval.Governing(policy.Approval, r) {
		out = append(out, server.Governed{Rule: g.Rule.Name, Files: g.Files})
	}
	return out
}

// confirm asks Duo in a person's name, with all that the books know of the pull request.
func (a *app) confirm(ctx context.Context, wish pull.Wish) (pull.Confirmation, error) {
	work, err := a.store.Work(ctx, pull.Key{Repo: wish.Repo.ID, Number: wish.Number})
	if err != nil {
		return pull.Confirmation{}, err
	}
	return a.passes.Confirm(ctx, work, wish)
}

// factors are the ways that people may confirm by themselves.
func factors(d config.Duo) []pull.Factor {
	all := []pull.Factor{pull.FactorPush}
	if !d.NoPhoneCall {
		all = append(all, pull.FactorPhone)
	}
	if !d.NoPasscode {
		all = append(all, pull.FactorPasscode)
	}
	return all
}

// tell hands an alarm to the operator's webhook, where there is one.
func (a *app) tell(ctx context.Context, alarm pull.Alarm) error {
	if a.webhook == nil {
		return nil
	}
	return a.webhook.Tell(ctx, alarm)
}

// run works the queue until ctx ends.
func (a *app) run(ctx context.Context) error {
	return a.store.Run(ctx, store.Handlers{
		Pass: a.passes.Pass, Watch: a.passes.Watch, Sweep: a.sweep, Recover: a.upkeep.Recover, Discover: a.upkeep.Discover,
		Audit: a.auditor.Audit, Tell: a.tell,
	}, store.Periods{Sweep: a.config.Sweep, Recover: a.config.Recovery, KeepLedger: a.config.LedgerKeep})
}
