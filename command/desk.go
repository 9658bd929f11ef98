package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport/hub"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
)

// desk is what a command needs that looks at GitHub as the app and changes nothing: no server, no database.
type desk struct {
	github *hub.Hub
	files  *files
	passes *reconcile.Reconciler
}

func newDesk(configPath string) (*desk, error) {
	cfg, err := loadConfig(configPath)
	switch {
	case err != nil && configPath == "":
		return nil, fmt.Errorf("this looks at GitHub as the app, and needs the server's configuration: give --config FILE. Without it, %w", err)
	case err != nil:
		return nil, err
	}
	d := &desk{}
	if d.files, err = readFiles(cfg); err != nil {
		return nil, err
	}
	log := slog.New(slog.DiscardHandler)
	if d.github, err = newHub(cfg, log, newMetrics()); err != nil {
		return nil, err
	}
	d.passes = &reconcile.Reconciler{GitHub: d.github, People: d.files.People, Ring: d.files.Ring, App: cfg.GitHub.App.IntegrationID,
		PublicURL: cfg.PublicURL, Log: log, Now: time.Now}
	if d.passes.Signer, err = readSigner(cfg.SigningKey); err != nil {
		return nil, err
	}
	if d.passes.Landing, err = readLanding(cfg.Bulldozer); err != nil {
		return nil, err
	}
	duo, err := newDuo(cfg, log)
	if duo != nil {
		d.passes.Duo = duo
	}
	return d, err
}

// repo finds a repository by the name it has now, whatever its case.
func (d *desk) repo(ctx context.Context, name string) (pull.Repo, error) {
	repos, err := d.github.Repos(ctx)
	if err != nil {
		return pull.Repo{}, fmt.Errorf("listing the app's repositories: %w", err)
	}
	for _, repo := range repos {
		if strings.EqualFold(repo.FullName(), name) {
			return repo, nil
		}
	}
	return pull.Repo{}, fmt.Errorf("the app is not installed on %s, or the repository does not exist", name)
}

// unfound says in the user's words that GitHub shows the app no such pull request.
func unfound(err error, repo pull.Repo, number int) error {
	var failure *pull.Failure
	if errors.As(err, &failure) && failure.Code == "not-found" {
		return fmt.Errorf("%s#%d does not exist, or the app may not see it", repo.FullName(), number)
	}
	return err
}

// pull finds what OWNER/REPO#N names.
func (d *desk) pull(ctx context.Context, ref string) (pull.Repo, int, error) {
	name, number, err := parseRef(ref)
	if err != nil {
		return pull.Repo{}, 0, err
	}
	repo, err := d.repo(ctx, name)
	return repo, number, err
}

// pageOf is the address of a pull request's page, GitHub's or ours.
var pageOf = regexp.MustCompile(`^https?://[^/]+/([^/]+/[^/]+)/pull/(\d+)(?:[/?#].*)?$`)

func parseRef(ref string) (name string, number int, err error) {
	if page := pageOf.FindStringSubmatch(ref); page != nil {
		ref = page[1] + "#" + page[2]
	}
	name, digits, ok := strings.Cut(ref, "#")
	number, err = strconv.Atoi(digits)
	if !ok || err != nil || number < 1 || strings.Count(name, "/") != 1 {
		return "", 0, fmt.Errorf("%q does not name a pull request; write OWNER/REPO#N, or the address of its page", ref)
	}
	return name, number, nil
}
