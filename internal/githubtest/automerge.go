package githubtest

import (
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/githubtest/graphql"
)

// autoMerge is somebody's wish that GitHub land the pull request once its requirements are met. GitHub's own landing is
// a person's click here: a test that wants it calls MergeBy.
type autoMerge struct {
	pull   *Pull
	by     *Account
	method string // merge, squash or rebase
	at     time.Time
}

// SetAutoMerge switches GitHub's auto-merge on, or off with an empty method.
func (p *Pull) SetAutoMerge(by *Account, method string) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if method == "" {
		p.autoMerge = nil
		p.emit("auto_merge_disabled", by, object{"reason": ""})
		return
	}
	p.autoMerge = &autoMerge{p, by, method, p.s.now()}
	p.emit("auto_merge_enabled", by, object{"reason": ""})
}

// alive is the request as GraphQL shows it: null while there is none.
func (a *autoMerge) alive() any {
	if a == nil {
		return nil
	}
	return a
}

func (a *autoMerge) json() any {
	if a == nil {
		return nil
	}
	return object{"enabled_by": a.by.json(), "merge_method": a.method, "commit_title": nil, "commit_message": nil}
}

func resolveAutoMerge(e *graphql.Engine) {
	e.Fields("AutoMergeRequest", map[string]graphql.Resolver{
		"enabledAt":   graphql.Get(func(a *autoMerge) any { return a.at }),
		"enabledBy":   graphql.Get(func(a *autoMerge) any { return a.by.alive() }),
		"mergeMethod": graphql.Get(func(a *autoMerge) any { return strings.ToUpper(a.method) }),
		"pullRequest": graphql.Get(func(a *autoMerge) any { return a.pull }),
	})
}
