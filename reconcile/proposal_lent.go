package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

// loan is a file that others are judged or land by.
type loan struct {
	Path    string
	Landing bool // they land by it, and are not judged by it
	Named   bool // they point to it, whatever it is called
}

type loans []loan

func (l loans) has(path string) bool {
	return slices.ContainsFunc(l, func(a loan) bool { return a.Path == path })
}

// lands reports whether the file says how things land, by its usual name or by what others use it for.
func (l loans) lands(path string) bool {
	return path == config.BulldozerFile || path == sharedLanding || slices.ContainsFunc(l, func(a loan) bool { return a.Path == path && a.Landing })
}

// lent finds the files that the request changes and that open pull requests of other repositories point to.
func (p *pass) lent(ctx context.Context, r pull.Request) (loans, error) {
	if r.Test.State != pull.Clean {
		return nil, nil
	}
	names, err := p.Store.Lent(ctx, r.Repo.FullName())
	if err != nil || len(names) == 0 {
		return nil, err
	}
	var found loans
	for _, f := range r.Files {
		loan := loan{Path: f.Path, Named: true}
		name := nameOf(r, loan)
		if f.Path == approval.PolicyFile || inHouse(r) && (f.Path == sharedPolicy || f.Path == sharedLanding) || !slices.Contains(names, strings.ToLower(name)) {
			continue // the owner's own files have their borrowers looked for anyway
		}
		records, _, err := p.borrowers(ctx, r, loan, name)
		if err != nil {
			return nil, fmt.Errorf("looking for pull requests that rest on %s: %w", name, err)
		}
		if len(records) > 0 {
			loan.Landing = strings.EqualFold(records[0].Request.Landing.Path, name)
			found = append(found, loan)
		}
	}
	return found, nil
}

// borrowers are the open pull requests that rest on the file as it stands on the request's target branch, and how many
// there are. Of other owners' repositories only those count that everybody may read.
func (p *pass) borrowers(ctx context.Context, r pull.Request, l loan, what string) ([]pull.Record, int, error) {
	list, total, err := p.Store.Borrowers(ctx, r.Key(), r.Repo.Owner, what, othersMost)
	if err != nil || !l.Named {
		return list, total, err
	}
	all, _, err := p.Store.Borrowers(ctx, r.Key(), "", what, othersMost)
	if err != nil {
		return nil, 0, err
	}
	for _, record := range all {
		if to := record.Request.Repo; to.Public && !strings.EqualFold(to.Owner, r.Repo.Owner) {
			list, total = append(list, record), total+1
		}
	}
	found := len(list)
	list = slices.DeleteFunc(list, func(record pull.Record) bool { return !p.restsHere(r, l, record.Request, what) })
	return list, total - (found - len(list)), nil
}

// restsHere reports whether the borrower points to the branch that the request would change. Of a file about landing the
// books keep no such word: there it must be the default branch, and the very text that stands there.
func (p *pass) restsHere(r pull.Request, l loan, borrower pull.Request, name string) bool {
	onDefault := r.Base.Branch == r.Repo.DefaultBranch
	_, path, _ := borrower.Remote.Elsewhere()
	if strings.EqualFold(borrower.Remote.Path, name) && path == l.Path {
		policy, _ := p.rules.parse(borrower.Policy)
		if policy.PolicyBot == nil || policy.PolicyBot.Remote == nil {
			return false
		}
		ref := strings.TrimPrefix(policy.PolicyBot.Remote.Ref, "refs/heads/")
		return ref == r.Base.Branch || (ref == "" || ref == "HEAD") && onDefault
	}
	_, path, _ = borrower.Landing.Elsewhere()
	return onDefault && path == l.Path && slices.ContainsFunc(r.Files, func(f pull.File) bool {
		return f.Path == l.Path && f.OldID == borrower.Landing.Blob
	})
}

// there is the file as those who point to it would find it.
func (s Shared) there() pull.Source {
	if !s.Source.Present() {
		return pull.Source{Path: s.Name, Unreadable: s.Name + " would be gone"}
	}
	return s.Source
}
