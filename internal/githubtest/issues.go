package githubtest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Issue is an issue that is no pull request. Both share their numbers.
type Issue struct {
	ID     int64
	Number int

	repo   *Repo
	author *Account
	app    *App // the app that opened it
	title  string
	body   string
	at     time.Time
}

// OpenIssue opens an issue in somebody's name.
func (r *Repo) OpenIssue(by *Account, title, body string) *Issue {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.openIssue(by, title, body)
}

func (r *Repo) openIssue(by *Account, title, body string) *Issue {
	r.lastNumber++
	i := &Issue{ID: r.s.nextID(), Number: r.lastNumber, repo: r, author: by, app: by.app, title: title, body: body, at: r.s.now()}
	r.issues = append(r.issues, i)
	return i
}

// Issues lists the issues, each as "login: title", a line break, and the text, oldest first.
func (r *Repo) Issues() []string {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	var all []string
	for _, i := range r.issues {
		all = append(all, i.author.login+": "+i.title+"\n"+i.body)
	}
	return all
}

// SetIssues turns the repository's issues on or off.
func (r *Repo) SetIssues(on bool) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.issuesOff = !on
}

func (i *Issue) json() object {
	self, page := i.repo.api(fmt.Sprintf("/issues/%d", i.Number)), i.repo.html(fmt.Sprintf("/issues/%d", i.Number))
	var app any
	if i.app != nil {
		app = i.app.json()
	}
	return object{
		"url": self, "repository_url": i.repo.api(""), "labels_url": self + "/labels{/name}", "comments_url": self + "/comments",
		"events_url": self + "/events", "html_url": page, "id": i.ID, "node_id": nodeID("I", i.ID), "number": i.Number, "title": i.title,
		"user": i.author.json(), "labels": []object{}, "state": "open", "locked": false, "assignee": nil, "assignees": []object{},
		"milestone": nil, "comments": 0, "created_at": stamp(i.at), "updated_at": stamp(i.at), "closed_at": nil,
		"author_association": i.repo.association(i.author), "active_lock_reason": nil, "body": i.body, "reactions": reactionsJSON(self, nil),
		"performed_via_github_app": app, "state_reason": nil, "timeline_url": self + "/timeline",
	}
}

// numbered is an issue or a pull request, as the list of issues shows both.
type numbered struct {
	number  int
	updated time.Time
	json    object
}

// listIssues gives those of the repository that are open, unless all are asked for, newest first unless asked otherwise.
func listIssues(q *request) (answer, *apiError) {
	query := q.URL.Query()
	since, err := time.Parse(time.RFC3339, cmp.Or(query.Get("since"), "1970-01-01T00:00:00Z"))
	if err != nil {
		return answer{}, invalid("Issue", "since is no time")
	}
	state := cmp.Or(query.Get("state"), "open")
	var all []numbered
	for _, p := range q.repo.pulls {
		if state == "all" || (state == "closed") == p.closed {
			all = append(all, numbered{p.Number, p.updated, p.issueJSON()})
		}
	}
	for _, i := range q.repo.issues {
		if state != "closed" && !q.repo.issuesOff {
			all = append(all, numbered{i.Number, i.at, i.json()})
		}
	}
	all = slices.DeleteFunc(all, func(n numbered) bool { return n.updated.Before(since) })
	slices.SortFunc(all, func(a, b numbered) int { return b.number - a.number })
	if query.Get("direction") == "asc" {
		slices.Reverse(all)
	}
	return ok(listed(page(q, all), func(n numbered) object { return n.json }))
}

func createIssue(q *request) (answer, *apiError) {
	var in struct{ Title, Body string }
	if err := q.decode(&in); err != nil {
		return answer{}, err
	}
	switch {
	case q.repo.issuesOff:
		return answer{}, &apiError{Status: http.StatusGone, Message: "Issues has been disabled in this repository."}
	case strings.TrimSpace(in.Title) == "":
		return answer{}, invalid("Issue", "title can't be blank")
	}
	return created(q.repo.openIssue(q.who.account(), in.Title, in.Body).json())
}

// showIssue gives an issue, or the pull request of that number as one.
func showIssue(q *request) (answer, *apiError) {
	number := int(q.number("number"))
	if p := q.repo.pull(number); p != nil {
		return ok(p.issueJSON())
	}
	for _, i := range q.repo.issues {
		if i.Number == number {
			return ok(i.json())
		}
	}
	return answer{}, notFound()
}
