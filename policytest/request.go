package policytest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

// The pull request of a case is judged at a fixed time, so that a test never depends on the day.
var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

const defaultBranch = "main"

// object makes a git id that differs by kind and number.
func object(kind string, i int) string { return fmt.Sprintf("%s%0*x", kind, 40-len(kind), i) }

var (
	headID, earlierID = object("aaaa", 0), object("eeee", 0)
	baseID, mergeID   = object("bbbb", 0), object("cccc", 0)
)

// cast gives everybody in a case an account.
type cast struct {
	ids   map[string]int64 // by login, lower-case
	roles map[int64]pull.Role
	teams map[string][]int64
}

func newCast(people []config.CasePerson) *cast {
	c := &cast{ids: map[string]int64{}, roles: map[int64]pull.Role{}, teams: map[string][]int64{}}
	for _, p := range people {
		id := int64(len(c.ids) + 1)
		c.ids[strings.ToLower(p.Login)] = id
		if c.account(p).Kind == pull.User {
			c.roles[id] = p.Role
		}
		for _, team := range p.Teams {
			c.teams[team] = append(c.teams[team], id)
		}
	}
	return c
}

// account is the zero Account for nobody.
func (c *cast) account(p config.CasePerson) pull.Account {
	if p.Login == "" {
		return pull.Account{}
	}
	kind := pull.User
	if strings.HasSuffix(p.Login, pull.BotSuffix) {
		kind = pull.Bot
	}
	return pull.Account{ID: c.ids[strings.ToLower(p.Login)], Login: p.Login, Kind: kind}
}

func (c *cast) accounts(people []config.CasePerson) []pull.Account {
	var list []pull.Account
	for _, p := range people {
		list = append(list, c.account(p))
	}
	return list
}

// request is the pull request that a case describes, as if it had been read from GitHub.
func request(c config.Case, policies []approval.Policy, source pull.Source) pull.Request {
	who := newCast(c.Named)
	r := pull.Request{
		Repo: pull.Repo{ID: 1, Owner: "example", Name: "repository", DefaultBranch: defaultBranch}, Number: 1,
		Title: orElse(c.Title, c.Name), State: pull.Open, Draft: c.Draft, Author: who.account(c.Author), Labels: c.Labels,
		Head:   pull.Head{SHA: headID, Branch: orElse(c.Source, "change"), Repo: 1, Owner: "example"},
		Base:   pull.Base{SHA: baseID, Branch: orElse(c.Target, defaultBranch), Tree: object("b0b0", 0)},
		Test:   pull.TestMerge{State: pull.Clean, SHA: mergeID, Tree: object("c0c0", 0), Parents: []string{baseID, headID}},
		Files:  files(c.Files),
		Pusher: who.account(c.Author), Size: c.Size, Checks: c.Checks, Workflows: c.Workflows, Policy: source, At: noon,
	}
	if c.Pusher.Login != "" {
		r.Pusher = who.account(c.Pusher)
	}
	r.Properties = &c.Properties
	if r.Size == nil {
		r.Size = &pull.Size{Added: len(c.Files)}
	}
	r.Content = pull.Digest(r.Files)
	r.Commits = commits(c, who, r.Files)
	r.CommitsTotal = len(r.Commits)
	for i, review := range c.Reviews {
		r.Reviews = append(r.Reviews, reviewed(i, review, who))
	}
	for i, comment := range c.Comments {
		r.Comments = append(r.Comments, commented(i, comment, who, r.Content))
	}
	if c.Body != "" {
		own := pull.Comment{Author: r.Author, Body: c.Body, At: noon.Add(-time.Hour), Commit: headID, Content: r.Content}
		r.Body, r.Comments = c.Body, append([]pull.Comment{own}, r.Comments...)
	}
	if owner, name, ok := strings.Cut(c.Repository, "/"); ok {
		r.Repo.Owner, r.Repo.Name, r.Head.Owner = owner, name, owner
	}
	if c.Codeowners != "" {
		r.Codeowners = pull.Source{Path: ".github/CODEOWNERS", Blob: object("c0de", 0), Text: c.Codeowners}
	}
	r.Standing = standing(policies, r, c, who)
	return r
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func files(changed []pull.File) []pull.File {
	list := make([]pull.File, len(changed))
	for i, f := range changed {
		if f.OldMode != pull.Absent {
			f.OldID = object("0d", i)
		}
		if f.NewMode != pull.Absent {
			f.NewID = object("0e", i)
		}
		list[i] = f
	}
	slices.SortFunc(list, func(a, b pull.File) int { return strings.Compare(a.Path, b.Path) })
	return list
}

// commits each change all that the case changes: where every commit is governed, none hides anything.
func commits(c config.Case, who *cast, changed []pull.File) []pull.Commit {
	described := c.Commits
	if len(described) == 0 {
		described = []config.CaseCommit{{Author: c.Author, Committer: c.Author}}
	}
	var list []pull.Commit
	parent := baseID
	for i, d := range described {
		commit := pull.Commit{SHA: object("dddd", i), Tree: object("d0d0", i), Parents: []string{parent}, Message: c.Name,
			Files: changed, Diffed: true, Signed: &pull.Signed{Good: d.Signed, Key: d.Key}}
		if i == len(described)-1 {
			commit.SHA = headID
		}
		if d.Signed {
			commit.Signed.By = who.account(d.SignedBy)
		}
		if !d.Unattributed {
			commit.Author, commit.Committer, commit.CoAuthors = who.account(d.Author), who.account(d.Committer), who.accounts(d.CoAuthors)
		}
		parent = commit.SHA
		list = append(list, commit)
	}
	return list
}

func reviewed(i int, c config.CaseReview, who *cast) pull.Review {
	r := pull.Review{ID: int64(i + 1), Author: who.account(c.By), State: c.State, Commit: headID, At: noon.Add(time.Duration(i-2000) * time.Minute)}
	if c.Earlier {
		r.Commit = earlierID
	}
	return r
}

func commented(i int, c config.CaseComment, who *cast, content string) pull.Comment {
	comment := pull.Comment{ID: int64(i + 1), Author: who.account(c.By), Body: c.Text, At: noon.Add(time.Duration(i-2000) * time.Minute),
		Edited: c.Edited, Commit: headID, Content: content}
	if c.Earlier {
		comment.Commit, comment.Content = earlierID, ""
	}
	return comment
}

// strangersMost bounds how many people are made up for one case.
const strangersMost = 50

// standing answers whatever the judges may ask. Where the case names nobody else, somebody exists for every approval
// that the policy could ask for: a case about waiting need not list the whole company.
func standing(policies []approval.Policy, r pull.Request, c config.Case, who *cast) pull.Standing {
	var q pull.Question
	for _, p := range policies {
		asked := approval.Ask(p, r)
		q.Logins, q.Teams = append(q.Logins, asked.Logins...), append(q.Teams, asked.Teams...)
	}
	q.Teams = slices.Compact(slices.Sorted(slices.Values(q.Teams)))
	s := pull.Standing{Roles: who.roles, Members: who.teams, Accounts: map[string]pull.Account{}}
	for _, person := range c.Named {
		s.Accounts[person.Login] = who.account(person)
	}
	s.Candidates = who.accounts(c.Named)
	if len(c.People) == 0 {
		s.Candidates = append(s.Candidates, strangers(policies, who)...)
	}
	for _, team := range q.Teams {
		if len(c.People) == 0 {
			s.Members[team] = append(s.Members[team], ids(s.Candidates[len(c.Named):])...)
		} else if s.Members[team] == nil {
			s.Members[team] = []int64{}
		}
	}
	for i, login := range q.Logins {
		if _, known := who.ids[strings.ToLower(login)]; !known {
			a := pull.Account{ID: int64(1_000_000 + i), Login: login, Kind: pull.User}
			s.Accounts[login], s.Roles[a.ID] = a, pull.Write
		}
	}
	return s
}

func strangers(policies []approval.Policy, who *cast) []pull.Account {
	most := 1 // an admin, for what decides landings
	for _, p := range policies {
		for _, rule := range p.Rules {
			most = max(most, mostApprovals(rule.Require))
		}
	}
	var list []pull.Account
	for i := range most {
		a := pull.Account{ID: int64(2_000_000 + i), Login: fmt.Sprintf("somebody-%d", i+1), Kind: pull.User}
		who.roles[a.ID] = pull.Admin
		list = append(list, a)
	}
	return list
}

// mostApprovals is how many people a requirement could ask for, whichever alternatives are taken.
func mostApprovals(q approval.Requirement) int {
	n := 0
	if q.Approvals != nil {
		n = q.Approvals.Count
	}
	for _, part := range slices.Concat(q.Any, q.All) {
		n += mostApprovals(part)
	}
	return min(n, strangersMost)
}

func ids(people []pull.Account) []int64 {
	var list []int64
	for _, p := range people {
		list = append(list, p.ID)
	}
	return list
}
