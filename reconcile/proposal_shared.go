package reconcile

import (
	"context"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

// Shared is a file that other repositories are judged or land by, as the pull request would have it: one of an owner's
// .github repository that stands in for what they lack, or one that they point to.
type Shared struct {
	loan
	Name   string      // as those who borrow the file name it
	Source pull.Source // as those who borrow it name it; absent where it would be removed
	New    bool
	Policy config.Policy     // what it says, be it only how to land
	Remote *policybot.Remote // it would be kept there
	// Under are open pull requests that rest on the file, or would; Total is how many there are.
	Under []Owned
	Total int
}

// What a pull request lacks in its own repository, so that a file which its owner shares would come to govern it.
const (
	lacksPolicy  = "no policy"
	lacksLanding = "no file about landing"
)

// borrows is what a pull request is judged and landed by that its repository does not hold, and what it lacks.
func borrows(r pull.Request) []string {
	var list []string
	for _, source := range []pull.Source{r.Policy, r.Remote, r.Landing} {
		if _, _, elsewhere := source.Elsewhere(); elsewhere {
			list = append(list, source.Path)
		}
	}
	if !r.Policy.Present() {
		list = append(list, lacksPolicy)
	}
	if r.Policy.Path != approval.PolicyFile && (!r.Landing.Present() || r.Landing.FromServer()) {
		list = append(list, lacksLanding)
	}
	return list
}

// shared are the files for others that the request changes, as far as they can be judged by.
func (book *rules) shared(r pull.Request, lent loans) []Shared {
	var list []Shared
	if inHouse(r) {
		lent = append(loans{{Path: sharedPolicy}, {Path: sharedLanding, Landing: true}}, lent...)
	}
	for _, loan := range lent {
		if removes(r, loan.Path) {
			list = append(list, Shared{loan: loan, Name: nameOf(r, loan)})
		}
		for _, source := range r.Besides {
			if source.Path != loan.Path {
				continue
			}
			if s, good := book.sharedDraft(r, loan, source); good {
				list = append(list, s)
			}
		}
	}
	return list
}

func (book *rules) sharedDraft(r pull.Request, loan loan, source pull.Source) (s Shared, good bool) {
	s = Shared{loan: loan, Name: nameOf(r, loan), Source: source}
	s.Source.Path = s.Name
	for _, f := range r.Files {
		s.New = s.New || f.Path == source.Path && f.OldMode == pull.Absent
	}
	var problems *config.Problems
	if s.Landing {
		var landing config.Bulldozer
		landing, problems = book.draftLanding(source)
		s.Policy.Automerge, s.Remote = landing.Landing, landing.Remote
		return s, problems == nil && source.Unreadable == ""
	}
	s.Policy, problems = book.draftPolicy(source, loans{loan})
	if s.Policy.PolicyBot != nil {
		s.Remote = s.Policy.PolicyBot.Remote
	}
	return s, problems == nil && source.Unreadable == ""
}

func nameOf(r pull.Request, l loan) string { return r.Repo.FullName() + ":" + l.Path }

// considerShared finds the open pull requests that rest on what the request changes, or would.
func (p *pass) considerShared(ctx context.Context, w *World) error {
	for i, s := range w.Proposal.Shared {
		what := s.Name
		switch {
		case s.Named || !s.New:
		case s.Landing:
			what = lacksLanding
		default:
			what = lacksPolicy
		}
		list, total, err := p.borrowers(ctx, w.Request, s.loan, what)
		if err != nil {
			return fmt.Errorf("looking for pull requests that another %s would concern: %w", s.Path, err)
		}
		s.Total = total
		for _, record := range list {
			s.Under = append(s.Under, p.under(s, record))
		}
		w.Proposal.Shared[i] = s
	}
	return nil
}

// under is a pull request with what it is judged by, and what it would be judged by under the changed file.
func (p *pass) under(s Shared, record pull.Record) Owned {
	r := record.Request
	policy, problems := resolve(r, p.rules.parse)
	own := policy
	o := Owned{Record: record, Faulty: problems != nil || r.Policy.Unreadable != "", Floor: p.rules.floor(r)}
	o.Rulebook, _ = p.rules.fileLanding(policy, r)
	switch {
	case s.Landing && s.Named:
		r.Landing = s.there()
	case s.Landing:
		r.Landing = s.Source
	case strings.EqualFold(r.Remote.Path, s.Name):
		r.Remote = s.there()
		own, _ = resolve(r, p.rules.parse)
	default:
		r.Policy, r.Remote, own = s.Source, pull.Source{}, s.Policy
	}
	if !r.Landing.Present() {
		r.Landing = p.Landing
	}
	o.Proposed, _ = p.rules.fileLanding(own, r)
	o.Policy = r.Policy
	return o
}

// effectsOfShared says what each changed file would alter where it stands in.
func (w World) effectsOfShared() string {
	var b strings.Builder
	for _, s := range w.Proposal.Shared {
		fmt.Fprintf(&b, "### What this %s would alter\n\n", s.Path)
		if s.Remote != nil && !s.Named {
			fmt.Fprintf(&b, "It would be kept in %s. What that says is read, and tried, only once this has landed.\n", escape(s.Remote.Repo))
			continue
		}
		if !s.Source.Present() {
			b.WriteString("It would be gone. ")
		}
		intro := fmt.Sprintf("Tried on %d open pull requests of %s's repositories that have no such file of their own.", len(s.Under), escape(w.Request.Repo.Owner))
		if s.Named {
			intro = fmt.Sprintf("Tried on %d open pull requests of repositories that point to it.", len(s.Under))
		}
		b.WriteString(intro + w.told(s.Under, s.Total, s.trial(), func(o Owned) []string { return w.effectOfShared(s, o) }))
	}
	return b.String()
}

// trial is how somebody who may not be told here tries the file themselves.
func (s Shared) trial() string {
	if !s.Landing {
		return "`sallyport backtest --policy FILE OWNER/REPO`"
	}
	return "`sallyport explain OWNER/REPO#N`, once it has landed,"
}

func (w World) effectOfShared(s Shared, o Owned) []string {
	before, after := law{o.Rulebook, o.Floor, o.Request.Policy}, law{o.Proposed, o.Floor, o.Policy}
	if o.Faulty && !s.Landing {
		return []string{"is blocked by a policy that cannot be judged by, and would be judged again"}
	}
	return append(w.effect(o.Record, before, after), landingEffect(o.Request, o.Rulebook.Automerge, o.Proposed.Automerge)...)
}
