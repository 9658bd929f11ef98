package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// WhatIf is what a simulation supposes about a pull request.
type WhatIf struct {
	Reviews []ImaginedReview // given on the present head, after all others
	Ignore  []string         // logins whose reviews are left out
	Target  string           // another target branch; "" keeps it
	Policy  *pull.Source     // another policy; nil keeps it
	Floor   *pull.Source     // another floor; nil keeps it
	remote  pull.Source      // what Policy points to
}

// ImaginedReview is a review that nobody gave.
type ImaginedReview struct {
	Login string
	State pull.ReviewState
}

// Simulated is a decision about what is not so.
type Simulated struct {
	Decision
	Unknown []string // whose reviews were left out, since their standing is not known here
	Assumed []string // what the answer rests on, a sentence each
}

// Simulate reads a pull request and decides as if w were so. It uses the app's own rights: whoever sees the answer
// learns the roles and teams of the people in w.
func (r *Reconciler) Simulate(ctx context.Context, repo pull.Repo, number int, w WhatIf) (Simulated, error) {
	p := r.reader(repo, number)
	world, err := p.read(ctx)
	if err != nil {
		return Simulated{}, err
	}
	return r.simulateKnowing(ctx, world, w)
}

// SimulateRecord decides about the last snapshot of a pull request as if w were so. Callers who are not trusted learn
// nothing about people that the record's own verdicts do not say already.
func (r *Reconciler) SimulateRecord(ctx context.Context, record pull.Record, w WhatIf, trusted bool) (Simulated, error) {
	world := World{Request: record.Request, Asked: record.Asked, People: r.People(), Ring: r.Ring(), App: r.App,
		PublicURL: r.PublicURL, DuoReady: r.Duo != nil, Signs: r.Signer != nil, Candidate: record.Candidate}
	if trusted {
		return r.simulateKnowing(ctx, world, w)
	}
	world.Request.Standing = disclosed(record)
	if w.Target != "" {
		world.Request.Standing.Members = nil // other rules could tell who is in a team that now is one way among several
	}
	s := Simulated{Assumed: []string{"Only people whom the pull request's own verdicts name are taken into account."}}
	return s.decide(world, w), nil
}

// simulateKnowing asks GitHub for the standing of everybody who matters and is not known yet.
func (r *Reconciler) simulateKnowing(ctx context.Context, world World, w WhatIf) (Simulated, error) {
	var logins []string
	for _, review := range w.Reviews {
		logins = union(logins, []string{review.Login})
	}
	ask := func(q pull.Question) error {
		missing := lacking(q, world.Asked)
		if missing.Empty() {
			return nil
		}
		standing, err := r.GitHub.Standing(ctx, world.Request, missing)
		if err != nil {
			return fmt.Errorf("reading roles and teams: %w", err)
		}
		world.Request.Standing = world.Request.Standing.With(standing)
		world.Asked.Logins, world.Asked.Teams = union(world.Asked.Logins, q.Logins), union(world.Asked.Teams, q.Teams)
		return nil
	}
	if err := ask(pull.Question{Logins: logins}); err != nil {
		return Simulated{}, err
	}
	supposed := world
	supposed.Request = w.apply(world.Request)
	if supposed = supposed.ruled(); w.Policy != nil {
		if err := supposed.follow(ctx, r.GitHub); err != nil {
			return Simulated{}, err
		}
		w.remote = supposed.Request.Remote
	}
	if err := supposed.readProperties(ctx, r.GitHub); err != nil {
		return Simulated{}, err
	}
	world.Request.Properties = supposed.Request.Properties
	if err := supposed.readHistory(ctx, r.GitHub); err != nil {
		return Simulated{}, err
	}
	world.Request.Commits, world.Request.Files = supposed.Request.Commits, supposed.Request.Files
	if err := supposed.readOwners(ctx, r.GitHub); err != nil {
		return Simulated{}, err
	}
	world.Request.Codeowners = supposed.Request.Codeowners
	if err := supposed.readRemarks(ctx, r.GitHub); err != nil {
		return Simulated{}, err
	}
	world.Request.Remarks = supposed.Request.Remarks
	if err := ask(supposed.question()); err != nil {
		return Simulated{}, err
	}
	return Simulated{}.decide(world, w), nil
}

// decide leaves out the reviews of people whose account or role is not known.
func (s Simulated) decide(world World, w WhatIf) Simulated {
	for _, review := range w.Reviews {
		if a, ok := accountOf(world.Request.Standing, review.Login); !ok || !known(world.Request.Standing, a) {
			s.Unknown = append(s.Unknown, review.Login)
		}
	}
	s.Assumed = append(s.Assumed, w.assumes(world.Request)...)
	world.Request = w.apply(world.Request)
	s.Decision = world.ruled().Decide()
	return s
}

func known(s pull.Standing, a pull.Account) bool {
	_, ok := s.Roles[a.ID]
	return ok
}

func (w WhatIf) assumes(r pull.Request) []string {
	assumed := []string{"Duo confirmations count as not given."}
	if w.Target != "" && w.Target != r.Base.Branch {
		assumed = append(assumed, fmt.Sprintf("The landing diff and the policy are those of %s, not of %s.", r.Base.Branch, w.Target))
	}
	return assumed
}

// apply makes the request what w supposes. An imagined review has an id that no real one has.
func (w WhatIf) apply(r pull.Request) pull.Request {
	r.Reviews = slices.DeleteFunc(slices.Clone(r.Reviews), func(v pull.Review) bool {
		return slices.ContainsFunc(w.Ignore, func(login string) bool { return strings.EqualFold(login, v.Author.Login) })
	})
	for i, review := range w.Reviews {
		a, ok := accountOf(r.Standing, review.Login)
		if !ok || !known(r.Standing, a) {
			continue
		}
		r.Reviews = append(r.Reviews, pull.Review{ID: int64(-1 - i), Author: a, State: review.State, Commit: r.Head.SHA, At: r.At})
	}
	if w.Target != "" {
		r.Base.Branch = w.Target
	}
	if w.Policy != nil {
		r.Policy, r.Remote = *w.Policy, w.remote
	}
	if w.Floor != nil {
		r.Floor = *w.Floor
	}
	return r
}

func accountOf(s pull.Standing, login string) (pull.Account, bool) {
	for asked, a := range s.Accounts {
		if strings.EqualFold(asked, login) || strings.EqualFold(a.Login, login) {
			return a, a.Known()
		}
	}
	i := slices.IndexFunc(s.Candidates, func(a pull.Account) bool { return strings.EqualFold(a.Login, login) })
	if i < 0 {
		return pull.Account{}, false
	}
	return s.Candidates[i], true
}

// disclosed is the part of a record's standing that its verdicts tell everybody anyway. Teams keep their names, so
// that a team is not mistaken for one that does not exist, and only the members who are named.
func disclosed(record pull.Record) pull.Standing {
	whole := record.Request.Standing
	shown := pull.Standing{Roles: map[int64]pull.Role{}, Members: map[string][]int64{}, Accounts: map[string]pull.Account{},
		Missing: whole.Missing, Secret: whole.Secret}
	for _, name := range named(record.Verdicts) {
		a, ok := accountOf(whole, name)
		if !ok {
			a, ok = reviewer(record.Request, name)
		}
		role, asked := whole.Roles[a.ID]
		if !ok || !asked {
			continue
		}
		shown.Roles[a.ID], shown.Accounts[a.Login] = role, a
		if slices.ContainsFunc(whole.Candidates, func(c pull.Account) bool { return c.ID == a.ID }) {
			shown.Candidates = append(shown.Candidates, a)
		}
	}
	heard := counted(record)
	for team, members := range whole.Members {
		secret := slices.Contains(whole.Secret, team)
		shown.Members[team] = slices.DeleteFunc(slices.Clone(members), func(id int64) bool {
			_, ok := shown.Roles[id]
			return !ok || secret && !slices.Contains(heard, id)
		})
	}
	return shown
}

// counted are the people whose approval counts. What a team that GitHub hides has to do with it, the verdicts say already;
// of anybody else who is named it must not be found out by supposing that they approved.
func counted(record pull.Record) []int64 {
	var ids []int64
	for _, v := range record.Verdicts {
		eachReason(v.Reasons, func(r pull.Reason) {
			if a, ok := reviewer(record.Request, r.Evidence["login"]); ok && r.Code == "approval-counted" {
				ids = append(ids, a.ID)
			}
		})
	}
	return ids
}

// eachReason visits reasons and what they rest on.
func eachReason(reasons []pull.Reason, visit func(pull.Reason)) {
	for _, r := range reasons {
		visit(r)
		eachReason(r.Because, visit)
	}
}

func reviewer(r pull.Request, login string) (pull.Account, bool) {
	for _, v := range r.Reviews {
		if strings.EqualFold(v.Author.Login, login) {
			return v.Author, v.Author.Known()
		}
	}
	return pull.Account{}, false
}

// named lists the people whom verdicts name in their evidence.
func named(verdicts []pull.Verdict) []string {
	var names []string
	for _, v := range verdicts {
		eachReason(v.Reasons, func(r pull.Reason) {
			for _, key := range []string{"login", "candidates", "approvers"} {
				list, _, _ := strings.Cut(r.Evidence[key], " and ")
				names = union(names, strings.Split(list, ", "))
			}
		})
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}
