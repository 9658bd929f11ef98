package server

import (
	"slices"

	"github.com/sallyport/sallyport/pull"
)

func (rd reader) installation(p *payload, d *pull.Delivery) error {
	if p.Installation.ID <= 0 {
		return errNoInstallation
	}
	switch p.Action {
	case "deleted", "suspend":
		d.Gone = ids(p.Repositories)
	default:
		d.Repos = rd.repos(p.Repositories, p)
		d.Discover = true
	}
	if len(p.Repositories) == 0 {
		// Which ones they are is not said: let each pass see for itself.
		d.Scopes = append(d.Scopes, pull.Scope{Installation: p.Installation.ID})
	}
	if login := p.Installation.Account.Login; login != "" {
		// Its members are read through this installation, wherever they are asked for.
		d.Scopes = append(d.Scopes, pull.Scope{RestsOn: clean(login)})
	}
	return nil
}

func (rd reader) installationRepositories(p *payload, d *pull.Delivery) error {
	if p.Installation.ID <= 0 {
		return errNoInstallation
	}
	d.Repos = rd.repos(p.Added, p)
	d.Discover = len(d.Repos) > 0
	d.Gone = ids(p.Removed)
	return nil
}

// repos names the installation's account as owner where even the full name is missing.
func (rd reader) repos(listed []repository, p *payload) []pull.Repo {
	var repos []pull.Repo
	for _, r := range listed {
		repo := r.repo(p.Installation.ID)
		if repo.ID <= 0 {
			continue
		}
		if repo.Owner == "" {
			repo.Owner = p.Installation.Account.Login
		}
		repos = append(repos, repo)
	}
	return repos
}

func ids(repos []repository) []int64 {
	var gone []int64
	for _, r := range repos {
		if r.ID > 0 {
			gone = append(gone, r.ID)
		}
	}
	return gone
}

func (rd reader) repository(p *payload, d *pull.Delivery) error {
	if p.Repository.ID <= 0 {
		return errNoRepository
	}
	if p.Action == "deleted" {
		d.Repos, d.Gone = nil, []int64{p.Repository.ID}
		return nil
	}
	d.Scopes = append(d.Scopes, pull.Scope{Repo: p.Repository.ID})
	// Whatever else happened, the repository may now have pull requests that nobody told us of.
	d.Discover = !slices.Contains([]string{"created", "edited", "archived"}, p.Action)
	return nil
}

// properties of a repository may be what its policy asks for.
func (rd reader) properties(p *payload, d *pull.Delivery) error {
	if p.Repository.ID <= 0 {
		return errNoRepository
	}
	d.Scopes = append(d.Scopes, pull.Scope{Repo: p.Repository.ID})
	return nil
}

// organization concerns everything the organization owns, under its former name too when it was renamed.
func (rd reader) organization(p *payload, d *pull.Delivery) error {
	if p.Organization.Login == "" {
		return errNoPlace
	}
	d.Scopes = append(d.Scopes, owned(p.Organization.Login)...)
	if former := p.Changes.Login.From; former != "" && former != p.Organization.Login {
		d.Scopes = append(d.Scopes, owned(former)...)
	}
	return nil
}
