package reconcile

import (
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
	Lent          loans            // files that others point to, where the request edits them
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
	Expects       bool         // nothing governs it, and it may still change what does; GitHub has not worked that out yet
	Rechecked     time.Time    // refusals older than this are tried again
	DuoReady      bool         // Duo is configured
	HeldBack      *pull.Reason // why a push that is due has not gone out
	Priority      bool         // an admin said that it goes before others
	// Supposed says that the request was made up: its commits say themselves whether they are signed.
	Supposed bool
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
		Request: r, Rulebook: policy, Problems: problems, Floor: p.rules.floor(r), Sights: sights,
		Confirmations: p.work.Confirmations, Intents: p.work.Intents, Freezes: covering(p.work.Freezes, r), Halted: p.work.Halted,
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
