package reconcile

import (
	"slices"
	"strings"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/pull"
)

// Facts are what git itself holds of a landing: whoever has the repository needs nobody's word for them.
type Facts struct {
	BaseTree   string
	Tree       string      // of M
	Files      []pull.File // from the tree of B to the tree of M
	Content    string      // the digest of exactly these
	Policy     pull.Source // at B
	Proposed   pull.Source // the policy at M, where it is another one
	Codeowners pull.Source // at B
	// Commits are the proposed commits as git has them, by SHA. One that is not here stays as it was recorded.
	Commits map[string]pull.Commit
	// Candidate is M, where we made it.
	Candidate *pull.Candidate
	// Batch is what it landed in, as its attestation tells; whoever replays holds that against git.
	Batch *attest.Batch
}

// Replay judges a landing again, by the same judges, from git's facts and the recorded evidence. Without a keyring each
// commit's signature counts for what was recorded of it. With a floor, the paths are judged by its rules instead.
func Replay(e attest.Evidence, f Facts, ring *signature.Ring, floor *config.Policy) Decision {
	w := World{Request: f.lay(e.Request), Confirmations: e.Confirmations, People: peopleOf(e.People), Ring: ring, App: e.App,
		DuoReady: true, Signs: true, Candidate: f.Candidate, Supposed: ring == nil, Batch: batchFrom(f.Batch)}
	book := new(rules)
	w.Rulebook, w.Problems = resolve(w.Request, book.parse)
	w.Floor = book.floor(w.Request)
	w.Rulebook, w.LandingFault = book.fileLanding(w.Rulebook, w.Request)
	if floor != nil {
		w.Rulebook.Approval, w.Rulebook.PolicyBot = floor.Approval, floor.PolicyBot
		if w.Rulebook.BreakGlass != nil {
			w.Rulebook.BreakGlass = floor.BreakGlass
		}
	}
	w.Proposal = book.proposal(w.Request, w.Floor, nil)
	if w.everyCommit() {
		for _, c := range w.Request.Commits {
			w.Request.Files = Widen(w.Request.Files, c.Files)
		}
	}
	return w.Decide()
}

// lay puts git's facts over what was recorded.
func (f Facts) lay(r pull.Request) pull.Request {
	r.State = pull.Open
	r.Base.Tree = f.BaseTree
	r.Test.State, r.Test.Tree, r.Test.Parents = pull.Clean, f.Tree, []string{r.Base.SHA, r.Head.SHA}
	r.Files, r.Content = f.Files, f.Content
	r.Policy, r.Proposed, r.Codeowners = f.Policy, f.Proposed, f.Codeowners
	r.Commits = slices.Clone(r.Commits)
	for i, c := range r.Commits {
		have, ok := f.Commits[c.SHA]
		if !ok {
			continue
		}
		c.Tree, c.Parents, c.Message = have.Tree, have.Parents, have.Message
		c.AuthorEmail, c.CommitterEmail = have.AuthorEmail, have.CommitterEmail
		c.Payload, c.Signature, c.Files, c.Diffed = have.Payload, have.Signature, have.Files, have.Diffed
		c.Update = have.Update
		r.Commits[i] = c
	}
	return r
}

func peopleOf(list []attest.Person) *duobot.People {
	people := make([]duobot.Person, len(list))
	for i, p := range list {
		people[i] = duobot.Person(p)
	}
	return duobot.PeopleOf(people)
}

// evidence is what this decision rests on beyond what git holds.
func (d Decision) evidence(method string) attest.Evidence {
	commitsLand := method != pull.MethodSquash && method != pull.MethodRebase
	e := attest.Evidence{App: d.App, Request: attest.Strip(d.recorded(), commitsLand), Confirmations: []pull.Confirmation{}}
	for _, c := range d.Confirmations {
		if c.Binding.Same(d.Binding) {
			c.Code = "" // of a push that is open yet: the person's alone
			e.Confirmations = append(e.Confirmations, c)
		}
	}
	e.People = d.involved()
	return e
}

// recorded notes beside each commit what its signature came to.
func (d Decision) recorded() pull.Request {
	r := d.Request
	r.Commits = slices.Clone(r.Commits)
	for i, c := range r.Commits {
		if !d.Supposed {
			r.Commits[i].Signed = signedBy(c, d.Ring, d.People, r.At)
		}
	}
	return r
}

// involved are the entries of the people file about anybody who had a part in it.
func (d Decision) involved() []attest.Person {
	r := d.Request
	logins := []string{r.Author.Login, r.Pusher.Login}
	for _, c := range r.Commits {
		logins = append(logins, c.Author.Login, c.Committer.Login)
		for _, a := range c.CoAuthors {
			logins = append(logins, a.Login)
		}
	}
	for _, p := range r.Pushers {
		logins = append(logins, p.By.Login)
	}
	for _, review := range r.Reviews {
		logins = append(logins, review.Author.Login, review.DismissedBy.Login)
	}
	for _, c := range r.Comments {
		logins = append(logins, c.Author.Login)
	}
	if d.Binding.Glass != "" {
		logins = append(logins, r.Glass.Logins()...)
	}
	for _, c := range d.Confirmations {
		logins = append(logins, c.Account.Login)
	}
	people := []attest.Person{}
	for _, p := range d.People.All() {
		has := func(login string) bool {
			return slices.ContainsFunc(p.GitHub, func(own string) bool { return strings.EqualFold(own, login) })
		}
		if slices.ContainsFunc(logins, has) {
			people = append(people, attest.Person(p))
		}
	}
	return people
}

// facts are those that git holds, as this decision read them through GitHub.
func (d Decision) facts() Facts {
	r := d.Request
	f := Facts{BaseTree: r.Base.Tree, Tree: r.Test.Tree, Files: r.Files, Content: r.Content, Policy: r.Policy, Proposed: r.Proposed,
		Codeowners: r.Codeowners, Commits: map[string]pull.Commit{}, Candidate: d.Candidate, Batch: batchOf(d)}
	for _, c := range r.Commits {
		f.Commits[c.SHA] = c
	}
	return f
}
