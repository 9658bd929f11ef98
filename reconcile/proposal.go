package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

// Proposal is what a pull request would make of the files that decide what lands. The zero Proposal leaves them alone.
type Proposal struct {
	Drafts []Draft
	// Rulebook and Floor are what pull requests into the branch, and those of all the owner's repositories, would be judged
	// by; Alters and AltersFloor say whether that is anything new. FloorNow is the floor in force, where it is this very file.
	Rulebook            config.Policy
	FloorNow, Floor     Floor
	Alters, AltersFloor bool
	// Others are the open pull requests into the same branch as last seen, Total how many there are.
	Others []pull.Record
	Total  int
	// Owned are open pull requests of the owner's repositories elsewhere, OwnedTotal how many there are.
	Owned      []Owned
	OwnedTotal int
	// Policy is the text that Rulebook's rules stand in; absent where there would be none.
	Policy pull.Source
	// Shared are the files that the owner keeps for repositories without their own, as far as they would change.
	Shared []Shared
}

// Draft is the text of one such file as the pull request would have it.
type Draft struct {
	Source   pull.Source
	Landing  bool // it says how things land, not who must agree
	Idle     bool // another file stands before it, so that it has no say
	Problems *config.Problems
	Warnings []config.Problem
}

// The files of an owner's .github repository that others are judged and land by.
const (
	houseName     = ".github"
	sharedPolicy  = "policy.yml"
	sharedLanding = "bulldozer.yml"
)

// othersMost bounds how many pull requests a proposed policy is tried on.
const othersMost = 100

// inHouse reports whether what the request changes would hold for all of the owner's repositories.
func inHouse(r pull.Request) bool {
	return strings.EqualFold(r.Repo.Name, houseName) && r.Base.Branch == r.Repo.DefaultBranch
}

// propose reads the files that decide what lands as the pull request would have them, and whom they would concern.
func (p *pass) propose(ctx context.Context, w *World) (err error) {
	w.Request.Proposed, w.Request.Besides = pull.Source{}, nil
	if w.Lent, err = p.lent(ctx, w.Request); err != nil {
		return err
	}
	for _, file := range w.drafted() {
		source, err := p.proposed(ctx, w.Request, file)
		switch {
		case err != nil:
			return fmt.Errorf("reading the %s that %s proposes: %w", file.Path, w.Request.Ref(), err)
		case file.Path == approval.PolicyFile:
			w.Request.Proposed = source
		default:
			w.Request.Besides = append(w.Request.Besides, source)
		}
	}
	return p.consider(ctx, w)
}

// drafted are the files that decide what lands and that the request changes and does not remove.
func (w World) drafted() []pull.File {
	r := w.Request
	if r.Test.State != pull.Clean {
		return nil
	}
	var found []pull.File
	for _, f := range r.Files {
		if (decides(r, f.Path) || w.Lent.has(f.Path)) && f.NewMode != pull.Absent {
			found = append(found, f)
		}
	}
	return found
}

func decides(r pull.Request, path string) bool {
	switch path {
	case approval.PolicyFile, policybot.PolicyFile, config.BulldozerFile:
		return true
	case sharedPolicy, sharedLanding:
		return inHouse(r)
	}
	return false
}

func removes(r pull.Request, path string) bool {
	return r.Test.State == pull.Clean && slices.ContainsFunc(r.Files, func(f pull.File) bool { return f.Path == path && f.NewMode == pull.Absent })
}

// proposed reads a text once: what an object holds never changes.
func (p *pass) proposed(ctx context.Context, r pull.Request, f pull.File) (pull.Source, error) {
	if f.NewMode != pull.Regular && f.NewMode != pull.Executable {
		return pull.Source{Path: f.Path, Blob: f.NewID, Unreadable: f.Path + " would be no plain file"}, nil
	}
	if last := p.work.Last; last != nil {
		for _, known := range append(slices.Clone(last.Request.Besides), last.Request.Proposed) {
			if known.Path == f.Path && known.Blob == f.NewID {
				return known, nil
			}
		}
	}
	return p.GitHub.Blob(ctx, r.Repo, f.Path, f.NewID)
}

// consider parses what is proposed and finds the open pull requests that it would be tried on.
func (p *pass) consider(ctx context.Context, w *World) (err error) {
	w.Proposal = p.rules.proposal(w.Request, w.Floor, w.Lent)
	if w.Proposal.Alters {
		w.Proposal.Others, w.Proposal.Total, err = p.Store.Neighbours(ctx, w.Request.Key(), w.Request.Base.Branch, othersMost)
		if err != nil {
			return fmt.Errorf("looking for pull requests that another policy would concern: %w", err)
		}
	}
	if w.Proposal.AltersFloor {
		if err := p.considerOwned(ctx, w); err != nil {
			return err
		}
	}
	if err := p.considerShared(ctx, w); err != nil {
		return err
	}
	return p.propertiesElsewhere(ctx, w)
}

// proposal works out what would hold once the request has landed.
func (book *rules) proposal(r pull.Request, floor Floor, lent loans) Proposal {
	own, _ := resolve(r, book.parse)
	out := Proposal{Floor: floor, Policy: r.Policy, Shared: book.shared(r, lent)}
	landing := r.Landing
	if inHouse(r) && r.Policy.Path == approval.PolicyFile {
		out.FloorNow = Floor{Present: true, Rules: own.Approval, Always: own.Always}
	}
	if inHouse(r) && removes(r, approval.PolicyFile) {
		out.Floor, out.AltersFloor = Floor{}, true
	}
	if removes(r, r.Policy.Path) {
		own, out.Policy = config.Policy{}, pull.Source{}
	}
	for _, source := range proposedFiles(r, lent) {
		d, draft := Draft{Source: source}, config.Policy{}
		switch {
		case lent.lands(source.Path):
			d.Landing = true
			var landing config.Bulldozer
			landing, d.Problems = book.draftLanding(source)
			draft.Automerge = landing.Landing
		default:
			draft, d.Problems = book.draftPolicy(source, lent)
			d.Warnings = draft.Warnings
		}
		good := source.Unreadable == "" && d.Problems == nil
		switch source.Path {
		case policybot.PolicyFile:
			idle := out.Policy.Path == approval.PolicyFile
			d.Idle = idle && !lent.has(source.Path)
			good = good && !idle
			fallthrough
		case approval.PolicyFile:
			if good {
				own, out.Policy, out.Alters = draft, source, true
			}
		case config.BulldozerFile:
			idle := own.Automerge != nil
			d.Idle = idle && !lent.has(source.Path)
			if good && !idle {
				landing, out.Alters = source, true
			}
		}
		if good && source.Path == approval.PolicyFile && inHouse(r) {
			out.Floor, out.AltersFloor = Floor{Present: true, Rules: draft.Approval, Always: draft.Always}, true
		}
		out.Drafts = append(out.Drafts, d)
	}
	r.Policy, r.Landing = out.Policy, landing
	out.Rulebook, _ = book.fileLanding(own, r)
	return out
}

// proposedFiles are the drafts in the order in which they stand before one another.
func proposedFiles(r pull.Request, lent loans) []pull.Source {
	var files []pull.Source
	paths := []string{approval.PolicyFile, policybot.PolicyFile, config.BulldozerFile, sharedPolicy, sharedLanding}
	for _, loan := range lent {
		if !slices.Contains(paths, loan.Path) {
			paths = append(paths, loan.Path)
		}
	}
	for _, path := range paths {
		for _, s := range append([]pull.Source{r.Proposed}, r.Besides...) {
			if s.Present() && s.Path == path {
				files = append(files, s)
			}
		}
	}
	return files
}

func (book *rules) draftLanding(source pull.Source) (config.Bulldozer, *config.Problems) {
	if source.Unreadable != "" {
		return config.Bulldozer{}, nil
	}
	return config.ParseBulldozer(source.Path, []byte(source.Text))
}

// draftPolicy parses a proposed policy. One that is kept elsewhere is not followed there: whoever may propose would read
// in the check run what only the app may see.
func (book *rules) draftPolicy(source pull.Source, lent loans) (config.Policy, *config.Problems) {
	if source.Path != approval.PolicyFile && (source.Path == sharedPolicy || lent.has(source.Path)) && source.Unreadable == "" {
		bot, problems := config.ParsePolicyBot(source.Path, []byte(source.Text))
		return config.Policy{PolicyBot: bot}, problems
	}
	return book.parse(source)
}
