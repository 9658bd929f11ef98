package server

import (
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// maxListedCommits is how many commits GitHub lists in a push.
const maxListedCommits = 2048

// push concerns the pull requests into the branch that moved; those out of it are told of by their own event. It
// rarely matters to them, unless the rules may have changed with it.
func (rd reader) push(p *payload, d *pull.Delivery) error {
	if p.Repository.ID <= 0 {
		return errNoRepository
	}
	if strings.HasPrefix(p.Ref, "refs/tags/") && p.Repository.Name != "" { // a policy that is kept here may be named by it
		d.Scopes = append(d.Scopes, pull.Scope{RestsOn: d.Repos[0].FullName()})
	}
	branch, ok := strings.CutPrefix(p.Ref, "refs/heads/")
	if !ok {
		return nil
	}
	d.News.SHA = p.After
	rules := mayTouch(p, isRulePath)
	d.Scopes = append(d.Scopes, pull.Scope{Repo: p.Repository.ID, Branch: branch, Unhurried: !rules})
	if owner := d.Repos[0].Owner; rules && owner != "" && p.Repository.Name == ".github" && branch == p.Repository.DefaultBranch {
		d.Scopes = append(d.Scopes, pull.Scope{Owner: owner}) // the organization's floor lives here
	}
	if owner := d.Repos[0].Owner; owner != "" && p.Repository.Name != "" {
		// Policies may be kept here under any name, for repositories that point here.
		hurry := mayTouch(p, func(path string) bool {
			return isRulePath(path) || strings.HasSuffix(path, ".yml") || strings.HasSuffix(path, ".yaml")
		})
		d.Scopes = append(d.Scopes, pull.Scope{RestsOn: owner + "/" + clean(p.Repository.Name), Unhurried: !hurry})
	}
	if p.After != "" {
		d.Moved = append(d.Moved, pull.Moved{Repo: p.Repository.ID, Branch: branch, Before: known(p.Before), SHA: p.After, Default: branch == p.Repository.DefaultBranch})
	}
	if by := p.Sender.account(); by.Known() && !p.Deleted && p.After != "" {
		d.Pushes = append(d.Pushes, pull.Push{Repo: p.Repository.ID, SHA: p.After, By: by})
	}
	return nil
}

// known leaves out the zeroes that stand for no commit.
func known(sha string) string {
	if strings.Trim(sha, "0") == "" {
		return ""
	}
	return sha
}

// mayTouch reports whether a push touched such a file, or could have for all that it lists.
func mayTouch(p *payload, such func(path string) bool) bool {
	n := len(p.Commits)
	whole := !p.Forced && !p.Deleted && n > 0 && n < maxListedCommits && p.Commits[n-1].ID == p.After
	return !whole || slices.ContainsFunc(p.Commits, func(c commit) bool {
		return slices.ContainsFunc(c.Added, such) ||
			slices.ContainsFunc(c.Modified, such) ||
			slices.ContainsFunc(c.Removed, such)
	})
}

func isRulePath(path string) bool {
	switch path {
	case ".sallyport.yml", ".policy.yml", ".bulldozer.yml", "policy.yml", "bulldozer.yml", "CODEOWNERS", "docs/CODEOWNERS":
		return true
	}
	return strings.HasPrefix(path, ".github/")
}
