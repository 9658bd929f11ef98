package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/pull"
)

// World is everything a decision may depend on, as values.
type World struct {
	Request       pull.Request
	Rulebook      config.Policy    // the request's policy, parsed
	Problems      *config.Problems // why it cannot be; nil when it could
	LandingFault  *pull.Reason     // why bulldozer's file cannot be landed by
	FileLands     bool             // bulldozer's file says how it lands
	Floor         Floor            // what the owner asks of all repositories
	Proposal      Proposal         // of other files that decide what lands, where the request edits them
	Confirmations []pull.Confirmation
	Intents       []pull.Intent
	Freezes       []pull.Freeze
	Halted        *pull.Reason  // why nothing at all may land
	Siblings      []pull.Record // other open pull requests on the same head and target
	Requests      []pull.PromptRequest
	Sights        map[int64]pull.Sight
	Candidate     *pull.Candidate // M, once it was made
	Update        *pull.Update    // the last try to bring the branch up to date
	Enqueuing     *pull.Enqueuing // what became of putting this head into the merge queue
	Released      []string        // groups that were let go and are not known to have landed
	Batch         *pull.Batch     // what it lands in, together with others; nil where it lands alone
	Batches       []pull.Batch    // the latest that it was part of, and the one on its branch
	Parted        string          // why it is no longer what its batch was made from; "" while it is
	Signs         bool            // there is a key to sign M with
	Turn          *pull.Turn      // nil while not asked for
	People        *duobot.People
	Ring          *signature.Ring
	App           int64
	PublicURL     string
	Asked         pull.Question
	Unsettled     int
	Rechecked     time.Time    // refusals older than this are tried again
	DuoReady      bool         // Duo is configured
	HeldBack      *pull.Reason // why a push that is due has not gone out
	Priority      bool         // an admin said that it goes before others
	// Supposed says that the request was made up: its commits say themselves whether they are signed.
	Supposed bool
}

// read takes a fresh snapshot and gathers what belongs to it.
func (p *pass) read(ctx context.Context) (World, error) {
	hint := p.hint()
	r, err := p.GitHub.Snapshot(ctx, p.work.Repo, p.work.Key.Number, hint)
	if err != nil {
		return World{}, fmt.Errorf("reading %s: %w", p.work.Key, err)
	}
	r, parted, err := p.onTop(ctx, r)
	if err != nil {
		return World{}, fmt.Errorf("laying %s on top of its batch: %w", p.work.Key, err)
	}
	return p.readOn(ctx, r, parted, hint)
}

// readOn gathers what belongs to a snapshot.
func (p *pass) readOn(ctx context.Context, r pull.Request, parted string, hint pull.Question) (World, error) {
	var err error
	w := p.world(r)
	if remote := w.remote(); remote != nil && r.State == pull.Open {
		if r.Remote, err = p.GitHub.RemotePolicy(ctx, r.Repo, remote.Repo, remote.Path, remote.Ref); err != nil {
			return World{}, err
		}
		w = p.world(r)
	}
	if r.State == pull.Open {
		if r, err = p.findLanding(ctx, r, w.Rulebook); err != nil {
			return World{}, err
		}
		if w = p.world(r); w.Rulebook.Automerge != nil {
			if r.Rules.Lacks, err = p.GitHub.Lacks(ctx, r.Repo); err != nil {
				return World{}, err
			}
			w = p.world(r)
		}
	}
	w.Asked, w.Parted = hint, parted
	if r.State != pull.Open || !w.gated() {
		return w, nil
	}
	if w.Request.Depends, err = p.depend(ctx, r); err != nil {
		return World{}, err
	}
	if !w.judged() {
		err = p.readLandingOnly(ctx, &w, hint)
		return w, err
	}
	if w.Request.Pusher, err = p.pusher(ctx, r); err != nil {
		return World{}, err
	}
	if err := p.history(ctx, &w); err != nil {
		return World{}, err
	}
	if err := p.propose(ctx, &w); err != nil {
		return World{}, err
	}
	if err := w.readOwners(ctx, p.GitHub); err != nil {
		return World{}, err
	}
	if err := p.ask(ctx, &w, hint); err != nil {
		return World{}, err
	}
	if w.Siblings, err = p.Store.Siblings(ctx, r.Key(), r.Head.SHA, r.Base.Branch); err != nil {
		return World{}, fmt.Errorf("looking for pull requests on the same head: %w", err)
	}
	if err := p.ahead(ctx, &w); err != nil {
		return World{}, fmt.Errorf("looking for what lands before %s: %w", r.Ref(), err)
	}
	w.Requests = p.requests(w)
	return w, nil
}

// readLandingOnly reads what is left to know where nobody has to agree: whether the request would change how things land.
func (p *pass) readLandingOnly(ctx context.Context, w *World, hint pull.Question) (err error) {
	if err := p.propose(ctx, w); err != nil {
		return err
	}
	if len(w.Proposal.Shared) > 0 { // who proposes it decides what they are told
		if w.Request.Pusher, err = p.pusher(ctx, w.Request); err != nil {
			return err
		}
	}
	return p.ask(ctx, w, hint)
}

// world lays what the store knew beside the request.
func (p *pass) world(r pull.Request) World {
	if r.Test.State == pull.Clean && r.Content == "" {
		r.Content = pull.Digest(r.Files)
	}
	if r.Since = r.At; p.work.Last != nil && p.work.Last.Request.Head.SHA == r.Head.SHA && !p.work.Last.Request.Since.IsZero() {
		r.Since = p.work.Last.Request.Since
	}
	if r.Queued.Built() {
		queued := *r.Queued
		queued.Since = p.groupSince(r)
		r.Queued = &queued
	}
	sights := p.witness(&r)
	p.witnessWords(&r, sights)
	if r.Glass = nil; p.work.Last != nil {
		r.Glass = p.work.Last.Request.Glass
	}
	policy, problems := resolve(r, p.rules.parse)
	byFile := governedByLanding(policy, r)
	policy, fault := p.rules.fileLanding(policy, r)
	w := World{
		LandingFault: fault, FileLands: byFile && fault == nil,
		Request: r, Rulebook: policy, Problems: problems, Floor: p.rules.floor(r), Sights: sights, Confirmations: p.work.Confirmations, Intents: p.work.Intents, Freezes: covering(p.work.Freezes, r),
		Halted: p.work.Halted,
		People: p.People(), Ring: p.Ring(), App: p.App, PublicURL: p.PublicURL, DuoReady: p.Duo != nil, Signs: p.Signer != nil,
		Enqueuing: p.enqueued(r),
	}
	if last := p.work.Last; last != nil {
		w.Asked, w.Requests, w.Unsettled, w.Rechecked = last.Asked, last.Requests, last.Unsettled, last.Rechecked
		w.Candidate, w.Update, w.Priority = last.Candidate, last.Update, last.Priority
	}
	p.batched(&w)
	w.Unsettled = p.unsettled(r, w.Unsettled)
	if p.priority != nil {
		w.Priority = *p.priority
	}
	if p.rechecked.After(w.Rechecked) {
		w.Rechecked = p.rechecked
	}
	return w
}

// unsettled counts the reads in a row that found this very test merge not computed. When base or head moved, GitHub
// began anew, and so does the count: patience with an old computation must not starve a pull request behind a busy branch.
func (p *pass) unsettled(r pull.Request, before int) int {
	if r.Test.State != pull.Unsettled {
		return 0
	}
	if last := p.work.Last; last != nil && (last.Request.Base.SHA != r.Base.SHA || last.Request.Head.SHA != r.Head.SHA) {
		return 1
	}
	return before + 1
}

// covering leaves out the freezes of other branches.
func covering(all []pull.Freeze, r pull.Request) []pull.Freeze {
	var out []pull.Freeze
	for _, f := range all {
		if f.Number == r.Number || f.Number == 0 && f.Branch == r.Base.Branch {
			out = append(out, f)
		}
	}
	return out
}

// hint is who mattered last time and who speaks now.
func (p *pass) hint() pull.Question {
	var q pull.Question
	if p.work.Last != nil {
		q = p.work.Last.Asked
	}
	for _, n := range p.work.News {
		if n.Event == "pull_request_review" || len(n.Command) > 0 {
			q.Logins = union(q.Logins, []string{n.Sender.Login})
		}
	}
	return q
}

// ask learns the standing of everybody who matters and was not already asked about.
func (p *pass) ask(ctx context.Context, w *World, hint pull.Question) error {
	q := p.speakers()
	q = joined(q, w.question())
	w.Asked = q
	missing := lacking(q, hint)
	if missing.Empty() {
		return nil
	}
	standing, err := p.GitHub.Standing(ctx, w.Request, missing)
	if err != nil {
		return fmt.Errorf("reading roles and teams for %s: %w", w.Request.Ref(), err)
	}
	w.Request.Standing = w.Request.Standing.With(standing)
	return nil
}

// speakers are the people whose commands and requests wait for an answer.
func (p *pass) speakers() pull.Question {
	var q pull.Question
	for _, n := range p.work.News {
		if len(n.Command) > 0 && n.Sender.Known() {
			q.Logins = union(q.Logins, []string{n.Sender.Login})
		}
	}
	if p.work.Last != nil {
		for _, request := range p.work.Last.Requests {
			q.Logins = union(q.Logins, []string{request.News.Sender.Login})
		}
	}
	return q
}

func lacking(q, asked pull.Question) pull.Question {
	without := func(all, have []string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(have, s) })
	}
	missing := pull.Question{Logins: without(q.Logins, asked.Logins), Teams: without(q.Teams, asked.Teams)}
	if asked.Candidates == pull.NoRole || q.Candidates < asked.Candidates {
		missing.Candidates = q.Candidates
	}
	return missing
}

func union(a, b []string) []string {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

// pusher is who pushed the head: the webhook said so, or else GitHub's activity log does.
func (p *pass) pusher(ctx context.Context, r pull.Request) (pull.Account, error) {
	if who, ok, err := p.Store.Pusher(ctx, r.Head.Repo, r.Head.SHA); ok || err != nil {
		return who, err
	}
	if last := p.work.Last; last != nil && last.Request.Head.SHA == r.Head.SHA && last.Request.Pusher.Known() {
		return last.Request.Pusher, nil
	}
	who, err := p.GitHub.Pusher(ctx, r)
	if err != nil {
		return pull.Account{}, fmt.Errorf("asking who pushed %s: %w", r.Head.SHA, err)
	}
	return who, nil
}
