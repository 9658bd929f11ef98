package hub

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// Snapshot reads a pull request at one moment: one GraphQL request where everything fits a page and the changed
// directories are known already, two where they are not. hint names people and teams that mattered last time; their
// standing is read in the same request.
//
// Files is filled only for an open pull request that has a clean test merge and a policy, or would change a file that
// decides what lands; otherwise nothing will judge it. Failures with codes of their own: "not-found", "repository-changed", "base-gone",
// "diff-too-large", "diff-too-deep", "tree-unverifiable".
func (h *Hub) Snapshot(ctx context.Context, repo pull.Repo, number int, hint pull.Question) (pull.Request, error) {
	at := h.now().UTC()
	facts, err := h.facts(ctx, repo, number, hint)
	if err != nil {
		return pull.Request{}, fmt.Errorf("reading %s#%d: %w", repo.FullName(), number, err)
	}
	if err := h.place(ctx, repo, facts); err != nil {
		return pull.Request{}, fmt.Errorf("reading the merge queue's place of %s#%d: %w", repo.FullName(), number, err)
	}
	r, err := h.assemble(ctx, repo, facts, at)
	if err != nil {
		return pull.Request{}, fmt.Errorf("reading %s#%d: %w", repo.FullName(), number, err)
	}
	if r.Standing, err = h.standing(ctx, r.Repo, facts.standing); err != nil {
		return pull.Request{}, fmt.Errorf("reading roles and teams for %s#%d: %w", repo.FullName(), number, err)
	}
	return r, nil
}

// facts is the whole answer about one pull request, every list complete.
type facts struct {
	repo       repositoryFacts
	standing   asked
	queue      *placeFacts // where the target lands through a merge queue
	unreadable string      // why the branch's rules could not be read in full
	house      *houseFacts
	noHouse    string // why the owner's .github repository could not be read; "" where it could, or there is none
}

func (f *facts) pull() *pullFacts { return f.repo.Pull }

func (h *Hub) facts(ctx context.Context, repo pull.Repo, number int, hint pull.Question) (*facts, error) {
	f := &facts{standing: newAsked(hint, repo.Owner)}
	variables := append(named(repo), variable{"number", "Int!", number}, variable{"contexts", "String", nil})
	selections := []string{"...Facts", houseSelection}
	if !hint.Empty() {
		v, s := f.standing.question()
		variables, selections = append(variables, v...), append(selections, s)
	}
	dirs := h.changes(pullKey{repo.ID, number})
	if len(dirs) > 0 {
		v, s := folderQuestion(dirs)
		variables, selections = append(variables, v...), append(selections, s)
	}
	found := snapshotFacts{asked: !hint.Empty(), within: len(dirs) > 0}
	if err := h.ask(ctx, repo.Installation, newQuery("Snapshot", variables, selections...), &found, f.tolerate); err != nil {
		return nil, err
	}
	if found.Repository == nil {
		return nil, permanent(codeNotFound, "GitHub does not show the repository")
	}
	if err := sameRepository(repo, found.Repository.ID); err != nil {
		return nil, err
	}
	if found.Repository.Pull == nil {
		return nil, permanent(codeNotFound, "GitHub does not show the pull request")
	}
	f.repo, f.house = *found.Repository, found.House
	found.folders.keep(h)
	if found.asked {
		if err := f.standing.take(repo, found.standing.parts); err != nil {
			return nil, err
		}
	}
	return f, h.complete(ctx, repo, f)
}

// tolerate accepts the errors that leave a hole which the judges know how to read.
func (f *facts) tolerate(e graphError) bool {
	base := []string{"repository", "pullRequest", "baseRef"}
	for _, part := range []string{"branchProtectionRule", "rules", "refUpdateRule"} {
		if e.at(append(base, part)...) && e.forbidden() {
			f.unreadable = fmt.Sprintf("GitHub does not let the app read all rules of the target branch: "+
				"it needs the repository permission \"Administration: read\" (%s)", clip(e.Message, 200))
			return true
		}
	}
	if e.at("repository", "pullRequest", "headRepository") || e.at("repository", "pullRequest", "headRepositoryOwner") {
		return e.forbidden() || e.missing()
	}
	if e.forbidden() && len(e.Path) > 0 && e.Path[len(e.Path)-1] == "workflowRun" {
		return true // without the permission "Actions: read" no workflow is known to have run
	}
	return f.tolerateHouse(e) || f.standing.tolerate(e)
}

// assemble turns the facts into the value that the judges read.
func (h *Hub) assemble(ctx context.Context, repo pull.Repo, f *facts, at time.Time) (pull.Request, error) {
	r := f.decode(repo, at)
	if r.State == pull.Merged {
		var err error
		r.Landed, err = h.landed(ctx, r.Repo, f.pull(), r.Commits)
		return r, err
	}
	if r.State != pull.Open {
		return r, nil
	}
	return h.assembleOpen(ctx, r, f)
}

// assembleOpen adds what only an open pull request has: policy, test merge and landing diff.
func (h *Hub) assembleOpen(ctx context.Context, r pull.Request, f *facts) (pull.Request, error) {
	base := f.pull().Base
	if base == nil || base.Target == nil || base.Target.Tree == nil {
		return r, permanent("base-gone", "the target branch %s no longer exists", r.Base.Branch)
	}
	known := map[string]tree{}
	root, err := base.Target.Tree.decode()
	if err != nil {
		return r, err
	}
	known[r.Base.Tree] = root
	h.trees.put(r.Base.Tree, root, root.weight())
	if r.Policy, err = h.policy(ctx, r.Repo, root, base); err != nil {
		return r, err
	}
	h.addLimits(&r.Rules, base)
	if h.older.lacks("Ref.rules") {
		if err := h.restRules(ctx, r.Repo, r.Base.Branch, &r.Rules); err != nil {
			return r, err
		}
	}
	if r.Rules.Updates != "" && base.Rules != nil {
		if r.Rules.Updates, err = h.updaters(ctx, r.Repo, base.Rules.Nodes); err != nil {
			return r, err
		}
	}
	if r.Landing, err = h.fileAt(ctx, r.Repo, root, bulldozerPath, base.Target.Bulldozer); err != nil {
		return r, err
	}
	if err := h.furnish(ctx, &r, f); err != nil {
		return r, err
	}
	merged, err := h.rehearse(ctx, &r, f, known)
	if err != nil {
		return r, err
	}
	if r.Test.State != pull.Clean {
		r.Test.Touches = r.Test.State == pull.Unsettled && !r.Governed() && slices.ContainsFunc(f.pull().hints(), decides)
		return r, nil
	}
	if !r.Policy.Present() && !r.Floor.Present() && !rulesDiffer(root, merged) {
		return r, nil
	}
	s := sides{baseCommit: r.Base.SHA, mergeCommit: r.Test.SHA, base: r.Base.Tree, merge: r.Test.Tree}
	if r.Files, err = h.landingDiff(ctx, r.Repo, s, known, f.pull().hints()); err == nil {
		h.remember(pullKey{r.Repo.ID, r.Number}, &walk{hub: h, known: known}, r.Test.Tree, r.Files)
	}
	return r, err
}

// rehearse says what merging gives, as GitHub shows it or as it follows from that, and returns the root of it.
func (h *Hub) rehearse(ctx context.Context, r *pull.Request, f *facts, known map[string]tree) (root tree, err error) {
	p := f.pull()
	r.Test = f.testMerge(r.Base.SHA)
	older := r.Test.State == pull.Unsettled && f.queue.group() == nil && p.outdated(r.Base.SHA)
	if r.Test.State != pull.Clean && !older {
		return nil, nil
	}
	if root, err = p.Test.Tree.decode(); err != nil {
		return nil, err
	}
	known[p.Test.Tree.OID] = root
	if older {
		r.Test, err = h.carryOver(ctx, r.Repo, p, r.Base, known)
		root = known[r.Test.Tree]
	}
	return root, err
}

// decisive are the files that decide what lands, here or in the owner's other repositories.
var decisive = []string{policyPath, policyBotPath, bulldozerPath, sharedPath, sharedLandingPath}

func decides(path string) bool { return slices.Contains(decisive, path) }

// rulesDiffer reports whether a file that decides what lands differs between two root trees.
func rulesDiffer(a, b tree) bool {
	return slices.ContainsFunc(decisive, func(path string) bool {
		old, was := a.find(path)
		now, is := b.find(path)
		return was != is || old.id != now.id || old.mode != now.mode
	})
}

// hints are the paths of GitHub's own listing, good for guessing which directories to fetch and for nothing else.
func (p *pullFacts) hints() []string {
	if p.Files == nil {
		return nil
	}
	paths := make([]string, len(p.Files.Nodes))
	for i, n := range p.Files.Nodes {
		paths[i] = n.Path
	}
	return paths
}

// testMerge believes GitHub's test merge only when it joins exactly this base and this head, and when the checks were
// read of the same head. Anything else is a moment between two states: ask again.
func testMerge(p *pullFacts, base string) pull.TestMerge {
	switch {
	case p.Mergeable == "CONFLICTING":
		return pull.TestMerge{State: pull.Conflict}
	case p.Mergeable != "MERGEABLE" || p.Test == nil || p.Test.Tree == nil || p.Tip.head() != p.Head:
		return pull.TestMerge{}
	}
	parents := p.Test.parents()
	if p.Test.Parents.TotalCount != 2 || !slices.Equal(parents, []string{base, p.Head}) {
		return pull.TestMerge{}
	}
	return pull.TestMerge{State: pull.Clean, SHA: p.Test.OID, Tree: p.Test.Tree.OID, Parents: parents}
}

var lifecycles = map[string]pull.Lifecycle{"OPEN": pull.Open, "CLOSED": pull.Closed, "MERGED": pull.Merged}

// decode reads everything that needs no further request.
func (f *facts) decode(repo pull.Repo, at time.Time) pull.Request {
	p := f.pull()
	r := pull.Request{
		Repo: f.repository(repo), Number: p.Number, NodeID: p.NodeID, URL: p.URL, Title: p.Title, Body: p.Body,
		State: lifecycles[p.State], Draft: p.Draft, Author: p.Author.account(), AutoMerge: p.AutoMerge != nil,
		Head: pull.Head{SHA: p.Head, Branch: p.HeadBranch, Modifiable: p.Modifiable}, Base: pull.Base{Branch: p.BaseBranch},
		CommitsTotal: p.Commits.TotalCount, Rules: rulesOf(f.repo, f.unreadable), At: at,
	}
	if p.HeadRepo != nil {
		r.Head.Repo = p.HeadRepo.ID
	}
	if p.HeadOwner != nil {
		r.Head.Owner = p.HeadOwner.Login
	}
	if p.Base != nil && p.Base.Target != nil && p.Base.Target.Tree != nil {
		r.Base.SHA, r.Base.Tree = p.Base.Target.OID, p.Base.Target.Tree.OID
	}
	for _, l := range p.Labels.Nodes {
		r.Labels = append(r.Labels, l.Name)
	}
	for _, c := range p.Commits.Nodes {
		r.Commits = append(r.Commits, c.Commit.decode())
	}
	r.Reviews = p.dismissed(reviewsOf(p.Reviews.Nodes))
	r.Comments = p.words(r.Author)
	if r.Describer = r.Author; p.EditedAt != nil {
		r.Describer = p.Editor.account()
	}
	r.Size = &pull.Size{Added: p.Additions, Deleted: p.Deletions}
	if contexts := p.Tip.contexts(); contexts != nil && p.Tip.head() == p.Head {
		r.Checks, r.Workflows = checksOf(contexts.Nodes), workflowsOf(contexts.Nodes)
	}
	f.queue.tell(&r)
	return r
}

// repository brings what we knew of the repository up to date; its id was checked before.
func (f *facts) repository(repo pull.Repo) pull.Repo {
	repo.NodeID, repo.Owner, repo.Name = f.repo.NodeID, f.repo.Owner.Login, f.repo.Name
	if f.repo.Default != nil {
		repo.DefaultBranch = f.repo.Default.Name
	}
	repo.Public = f.repo.Private != nil && !*f.repo.Private // GitHub calls an internal repository private, too
	return repo
}

// reviewsOf reads submitted reviews, oldest first. A pending one is its author's draft.
func reviewsOf(nodes []reviewFacts) []pull.Review {
	var reviews []pull.Review
	for _, n := range nodes {
		if n.State == "PENDING" {
			continue
		}
		review := pull.Review{ID: int64(n.ID), Author: n.Author.account(), State: pull.ReviewState(n.State), At: timeOf(n.SubmittedAt),
			Body: n.Body, Edited: n.EditedAt != nil}
		if n.Commit != nil {
			review.Commit = n.Commit.OID
		}
		reviews = append(reviews, review)
	}
	slices.SortStableFunc(reviews, func(a, b pull.Review) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	})
	return reviews
}
