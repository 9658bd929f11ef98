package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/pull"
)

// cast are the people of one case. Somebody may be mentioned often, but their standing is written down once.
type cast struct {
	doc  *document
	list []CasePerson
	at   map[string]int // by login, lower-case
}

// person reads a login, or a login with role and teams. Whoever has no role written down may write.
func (c *cast) person(n ast.Node, what string) CasePerson {
	p := CasePerson{Role: pull.Write}
	if _, detailed := n.(*ast.MappingNode); !detailed {
		p.Login = c.login(n, what)
		return c.meet(p, n)
	}
	f, _ := c.doc.mapping(n, what, "login", "role", "teams")
	if !f.has("login") {
		c.doc.refuseToken(f.at, what+" has no login", "add login:")
		return p
	}
	p.Login = c.login(f.values["login"], "login")
	return c.meet(c.standing(p, f), n)
}

func (c *cast) standing(p CasePerson, f fields) CasePerson {
	read(f, "role", func(n ast.Node) {
		word := c.doc.word(n, "role", "admin", "maintain", "write", "triage", "read", "none")
		p.Role, _ = pull.ParseRole(word)
		p.stood = true
	})
	read(f, "teams", func(n ast.Node) {
		p.stood = true
		for _, entry := range c.doc.list(n, "teams") {
			p.Teams = append(p.Teams, c.team(entry))
		}
	})
	return p
}

func (c *cast) login(n ast.Node, what string) string {
	login, ok := c.doc.text(n, what)
	if !ok {
		return ""
	}
	if from, err := approval.ParseFrom("user:" + login); err != nil || from.Login == "" {
		c.doc.refuse(n, fmt.Sprintf("%q is not a GitHub login", login), "write the login without the @")
	}
	return login
}

func (c *cast) team(n ast.Node) string {
	name, _ := c.doc.text(n, "a team")
	from, err := approval.ParseFrom("@" + strings.TrimPrefix(name, "@"))
	if err != nil {
		c.doc.refuse(n, fmt.Sprintf("%q is not a team", name), "write org/team")
	}
	return from.Team
}

// meet remembers a person. A mention without standing means whoever that was; two standings are a slip.
func (c *cast) meet(p CasePerson, n ast.Node) CasePerson {
	key := strings.ToLower(p.Login)
	i, known := c.at[key]
	switch {
	case !known:
		c.at[key] = len(c.list)
		c.list = append(c.list, p)
	case !p.stood:
		return c.list[i]
	case !c.list[i].stood:
		c.list[i] = p
	case c.list[i].Role != p.Role || !slices.Equal(c.list[i].Teams, p.Teams):
		c.doc.refuse(n, p.Login+" has another role or other teams further up in this case", "write them down once")
	}
	return p
}

func (c *cast) people(n ast.Node, what string) []CasePerson {
	var people []CasePerson
	for _, entry := range c.doc.list(n, what) {
		people = append(people, c.person(entry, "an entry of "+what))
	}
	return people
}

var reviewStates = map[string]pull.ReviewState{
	"approved": pull.Approved, "changes-requested": pull.ChangesRequested, "commented": pull.Commented, "dismissed": pull.Dismissed,
}

func (c *cast) reviews(n ast.Node) []CaseReview {
	var reviews []CaseReview
	for _, entry := range c.doc.list(n, "reviews") {
		reviews = append(reviews, c.review(entry))
	}
	return reviews
}

// review reads one review; a login alone is that person's approval of the head.
func (c *cast) review(n ast.Node) CaseReview {
	r := CaseReview{State: pull.Approved}
	if _, detailed := n.(*ast.MappingNode); !detailed {
		r.By = c.person(n, "a reviewer")
		return r
	}
	f, _ := c.doc.mapping(n, "a review", "by", "state", "on", "role", "teams")
	if !f.has("by") {
		c.doc.refuseToken(f.at, "the review has no by", "add by: with the reviewer's login")
		return r
	}
	if _, detailed := f.values["by"].(*ast.MappingNode); detailed {
		r.By = c.person(f.values["by"], "by")
	} else {
		p := CasePerson{Login: c.login(f.values["by"], "by"), Role: pull.Write}
		r.By = c.meet(c.standing(p, f), n)
	}
	read(f, "state", func(n ast.Node) {
		r.State = reviewStates[c.doc.word(n, "state", "approved", "changes-requested", "commented", "dismissed")]
	})
	read(f, "on", func(n ast.Node) { r.Earlier = c.doc.word(n, "on", "head", "earlier") == "earlier" })
	return r
}

func (c *cast) comments(n ast.Node) []CaseComment {
	var comments []CaseComment
	for _, entry := range c.doc.list(n, "comments") {
		comments = append(comments, c.comment(entry))
	}
	return comments
}

func (c *cast) comment(n ast.Node) CaseComment {
	var comment CaseComment
	f, ok := c.doc.mapping(n, "a comment", "by", "text", "edited", "on")
	if !ok {
		return comment
	}
	for _, key := range []string{"by", "text"} {
		if f.lacks(key) {
			c.doc.refuseToken(f.at, "the comment has no "+key, "add "+key+":")
		}
	}
	read(f, "by", func(n ast.Node) { comment.By = c.person(n, "by") })
	read(f, "text", func(n ast.Node) { comment.Text, _ = c.doc.text(n, "text") })
	read(f, "edited", func(n ast.Node) { comment.Edited = c.doc.flag(n, "edited") })
	read(f, "on", func(n ast.Node) { comment.Earlier = c.doc.word(n, "on", "head", "earlier") == "earlier" })
	return comment
}

func (c *cast) commits(n ast.Node) []CaseCommit {
	var commits []CaseCommit
	for _, entry := range c.doc.list(n, "commits") {
		commits = append(commits, c.commit(entry))
	}
	return commits
}

// commit reads one commit. Its committer is its author, unless the case says otherwise.
func (c *cast) commit(n ast.Node) CaseCommit {
	var commit CaseCommit
	f, ok := c.doc.mapping(n, "a commit", "author", "committer", "co_authors", "unattributed", "signed", "signed_by", "key")
	if !ok {
		return commit
	}
	read(f, "author", func(n ast.Node) { commit.Author = c.person(n, "author") })
	commit.Committer = commit.Author
	read(f, "committer", func(n ast.Node) { commit.Committer = c.person(n, "committer") })
	read(f, "co_authors", func(n ast.Node) { commit.CoAuthors = c.people(n, "co_authors") })
	read(f, "unattributed", func(n ast.Node) { commit.Unattributed = c.doc.flag(n, "unattributed") })
	read(f, "signed", func(n ast.Node) { commit.Signed = c.doc.flag(n, "signed") })
	commit.SignedBy = commit.Author
	read(f, "signed_by", func(n ast.Node) { commit.Signed, commit.SignedBy = true, c.person(n, "signed_by") })
	read(f, "key", func(n ast.Node) {
		key, _ := c.doc.text(n, "key")
		commit.Signed, commit.Key = true, strings.ToUpper(key)
	})
	if !f.has("author") && !commit.Unattributed {
		c.doc.refuseToken(f.at, "the commit has no author", "add author:, or unattributed: true")
	}
	return commit
}
