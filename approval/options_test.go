package approval

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

// admins asks one admin or writer, with options.
func admins(options func(*Approvals)) Policy {
	a := Approvals{Count: 1, From: []string{"write"}}
	options(&a)
	return policy(Requirement{Approvals: &a})
}

func at(minute int) time.Time { return time.Date(2026, 1, 2, 3, minute, 0, 0, time.UTC) }

func comment(id int64, by pull.Account, body string, changes ...func(*pull.Comment)) func(*pull.Request) {
	return func(r *pull.Request) {
		c := pull.Comment{ID: id, Author: by, Body: body, At: at(int(id)), Commit: headSHA}
		for _, change := range changes {
			change(&c)
		}
		r.Comments = append(r.Comments, c)
	}
}

func edited(c *pull.Comment)      { c.Edited = true }
func unwitnessed(c *pull.Comment) { c.Commit = "" }
func onOldHead(c *pull.Comment)   { c.Commit = oldSHA }

// updated adds the commit of GitHub's "Update branch" button, pressed and pushed by somebody.
func updated(by pull.Account, parents ...string) func(*pull.Request) {
	return func(r *pull.Request) {
		r.Commits = append(r.Commits, pull.Commit{SHA: "2222222222222222222222222222222222222222", Parents: parents, Author: by, Committer: flow, ByGitHub: true})
		r.CommitsTotal++
		r.Head.SHA, r.Pusher = "2222222222222222222222222222222222222222", by
	}
}

func saw(commit, content string) func(*pull.Request) {
	return func(r *pull.Request) {
		last := &r.Reviews[len(r.Reviews)-1]
		last.Commit, last.Content = commit, content
		r.Content = "c1"
	}
}

// covered says that the head and the SHA were pushed, and that somebody pushed on top.
func covered(sha string, by pull.Account) func(*pull.Request) {
	return func(r *pull.Request) {
		r.Pushers = []pull.Pushed{{SHA: sha, By: by}, {SHA: r.Head.SHA, By: r.Pusher}}
		r.Commits = append(r.Commits, pull.Commit{SHA: "3333333333333333333333333333333333333333", Parents: []string{r.Head.SHA}, Author: by, Committer: by})
		r.CommitsTotal++
		r.Head.SHA, r.Pusher = "3333333333333333333333333333333333333333", by
	}
}

func TestOptionsOfContributors(t *testing.T) {
	author := func(a *Approvals) { a.Author = Counts }
	all := func(a *Approvals) { a.Contributors = Counts }
	allButAuthor := func(a *Approvals) { a.Contributors, a.Author = Counts, Ignored }
	others := func(a *Approvals) { a.NonAuthorContributors = Counts }
	bots := func(a *Approvals) { a.IgnoreCommitsBy = []string{"bo"} }
	updates := func(a *Approvals) { a.IgnoreUpdateMerges = true }
	wrote := commit(bo, bo)
	proven := func(r *pull.Request) { r.Commits[1].Signed = &pull.Signed{Good: true, By: bo} }
	for _, s := range []story{
		{name: "author: ignored", policy: admins(func(a *Approvals) { a.Author = Ignored }), request: request(approved(dee)), want: pull.Wait, lead: "no-write-approval", codes: []string{"author-approval"}},
		{name: "author: counts", policy: admins(author), request: request(approved(dee)), want: pull.Pass, lead: "approved"},
		{name: "author: counts, no other contributor", policy: admins(author), request: request(wrote, approved(bo)), want: pull.Wait, lead: "no-write-approval", codes: []string{"contributor-approval"}},
		{name: "contributors: counts, and the author", policy: admins(all), request: request(wrote, approved(dee)), want: pull.Pass, lead: "approved"},
		{name: "contributors: counts", policy: admins(all), request: request(wrote, approved(bo)), want: pull.Pass, lead: "approved"},
		{name: "contributors: counts, but not the author", policy: admins(allButAuthor), request: request(approved(dee)), want: pull.Wait, lead: "no-write-approval", codes: []string{"author-approval"}},
		{name: "non_author_contributors: counts", policy: admins(others), request: request(wrote, approved(bo)), want: pull.Pass, lead: "approved"},
		{name: "non_author_contributors: not the author", policy: admins(others), request: request(wrote, approved(dee)), want: pull.Wait, lead: "no-write-approval", codes: []string{"author-approval"}},
		{name: "non_author_contributors: nor the author's other account", policy: admins(others), request: request(wrote, approved(bo)), people: pairs{{"bo", "dee"}}, want: pull.Wait, lead: "no-write-approval", codes: []string{"same-human"}},
		{name: "contributors: counts, so an unattributed commit is no doubt", policy: admins(all), request: request(commit(pull.Account{}, dee), approved(bo)), want: pull.Pass, lead: "approved"},
		{name: "author: counts, an unattributed commit is still a doubt", policy: admins(author), request: request(commit(pull.Account{}, dee), approved(bo)), want: pull.Block, lead: "commit-unattributed"},
		{name: "ignore_commits_by: not proven", policy: admins(bots), request: request(wrote, approved(bo)), want: pull.Wait, lead: "no-write-approval", codes: []string{"contributor-approval"}},
		{name: "ignore_commits_by: proven by a signature", policy: admins(bots), request: request(wrote, proven, approved(bo)), want: pull.Pass, lead: "approved"},
		{name: "ignore_commits_by: proven, with another co-author", policy: admins(bots), request: request(commit(bo, bo, ana), proven, approved(bo)), want: pull.Wait, lead: "no-write-approval", codes: []string{"contributor-approval"}},
		{name: "ignore_update_merges: off", policy: admins(func(*Approvals) {}), request: request(approved(ana), saw(headSHA, "c1"), updated(ana, headSHA, "base")), want: pull.Wait, lead: "no-write-approval", codes: []string{"contributor-approval"}},
		{name: "ignore_update_merges: approved the same before", policy: admins(updates), request: request(approved(ana), saw(headSHA, "c1"), updated(ana, headSHA, "base")), want: pull.Pass, lead: "approved"},
		{name: "ignore_update_merges: pushed alone, and covered", policy: admins(updates), request: request(approved(ana), saw(headSHA, "c1"), updated(ana, headSHA, "base"), covered(headSHA, dee)), want: pull.Pass, lead: "approved"},
		{name: "ignore_update_merges: pushed with what was not pushed before", policy: admins(updates), request: request(approved(ana), saw(headSHA, "c1"), updated(ana, headSHA, "base"), covered("", dee)), want: pull.Wait, lead: "no-write-approval", codes: []string{"contributor-approval"}},
		{name: "ignore_update_merges: approved after", policy: admins(updates), request: request(updated(ana, headSHA, "base"), approved(ana), saw("2222222222222222222222222222222222222222", "c1")), want: pull.Wait, lead: "no-write-approval", codes: []string{"contributor-approval"}},
		{name: "ignore_update_merges: approved something else before", policy: admins(updates), request: request(approved(ana), saw(headSHA, "c0"), updated(ana, headSHA, "base")), want: pull.Wait, lead: "no-write-approval", codes: []string{"contributor-approval"}},
		{name: "ignore_update_merges: wrote a commit as well", policy: admins(updates), request: request(approved(ana), saw(headSHA, "c1"), commit(ana, ana), updated(ana, headSHA, "base")), want: pull.Wait, lead: "no-write-approval", codes: []string{"contributor-approval"}},
		{name: "ignore_update_merges: merges the branch's own commits", policy: admins(updates), request: request(approved(ana), saw(headSHA, "c1"), updated(ana, "x", headSHA)), want: pull.Wait, lead: "no-write-approval", codes: []string{"contributor-approval"}},
		{name: "ignore_update_merges: not by GitHub", policy: admins(updates), request: request(approved(ana), saw(headSHA, "c1"), updated(ana, headSHA, "base"), func(r *pull.Request) { r.Commits[1].ByGitHub = false }), want: pull.Wait, lead: "no-write-approval", codes: []string{"contributor-approval"}},
	} {
		s.run(t)
	}
}

func TestThreat16TheAuthorAloneNeverOpensTheLandingTier(t *testing.T) {
	story{policy: admins(func(a *Approvals) { a.Author = Counts }), request: request(changing(".sallyport.yml"), approved(dee)), want: pull.Block, lead: "policy-unprotected"}.run(t)
}

func TestThreat33Comments(t *testing.T) {
	words := func(a *Approvals) {
		a.By = &Methods{Reviews: true, Comments: []string{":+1:", "/^(?i)lgtm\\b/", "/ship it/"}}
	}
	body := func(a *Approvals) { a.By, a.Author = &Methods{Body: []string{"I tested this."}}, Counts }
	only := func(a *Approvals) { a.By = &Methods{Comments: []string{":+1:"}} }
	waits := "no-write-approval"
	for _, s := range []story{
		{name: "off by default", policy: admins(func(*Approvals) {}), request: request(comment(1, ana, ":+1:")), want: pull.Wait, lead: waits},
		{name: "a phrase", policy: admins(words), request: request(comment(1, ana, "Nice!\n:+1:\n")), want: pull.Pass, lead: "approved"},
		{name: "an expression", policy: admins(words), request: request(comment(1, ana, "LGTM, thanks")), want: pull.Pass, lead: "approved"},
		{name: "a phrase inside a sentence", policy: admins(words), request: request(comment(1, ana, "no :+1: from me")), want: pull.Wait, lead: waits},
		{name: "quoted", policy: admins(words), request: request(comment(1, ana, "> :+1:\n> please ship it")), want: pull.Wait, lead: waits},
		{name: "quoted in a list", policy: admins(words), request: request(comment(1, ana, "1. > ship it")), want: pull.Wait, lead: waits},
		{name: "in a fence", policy: admins(words), request: request(comment(1, ana, "```\nlgtm\n```")), want: pull.Wait, lead: waits},
		{name: "in a fence that stays open", policy: admins(words), request: request(comment(1, ana, "~~~~\nlgtm\n~~~\nlgtm")), want: pull.Wait, lead: waits},
		{name: "as code", policy: admins(words), request: request(comment(1, ana, "Not `ship it`\n    lgtm")), want: pull.Wait, lead: waits},
		{name: "hidden", policy: admins(words), request: request(comment(1, ana, "<!-- \nlgtm\n-->")), want: pull.Wait, lead: waits},
		{name: "hidden to the end", policy: admins(words), request: request(comment(1, ana, "No.<!-- \nship it")), want: pull.Wait, lead: waits},
		{name: "edited", policy: admins(words), request: request(comment(1, ana, "lgtm", edited)), want: pull.Wait, lead: waits, codes: []string{"comment-edited"}},
		{name: "edited, and another that is not", policy: admins(words), request: request(comment(1, ana, "lgtm"), comment(2, ana, "lgtm", edited)), want: pull.Pass, lead: "approved", codes: []string{"comment-edited"}},
		{name: "of an older head", policy: admins(words), request: request(comment(1, ana, "lgtm", onOldHead)), want: pull.Wait, lead: waits, codes: []string{"approval-stale"}},
		{name: "that nobody witnessed", policy: admins(words), request: request(comment(1, ana, "lgtm", unwitnessed)), want: pull.Wait, lead: waits, codes: []string{"comment-unwitnessed"}},
		{name: "by the author", policy: admins(words), request: request(comment(1, dee, "lgtm")), want: pull.Wait, lead: waits, codes: []string{"author-approval"}},
		{name: "by somebody with too low a role", policy: admins(words), request: request(comment(1, fay, "lgtm")), want: pull.Wait, lead: waits, codes: []string{"role-too-low"}},
		{name: "by somebody who requested changes", policy: admins(words), request: request(reviewed(ana, pull.ChangesRequested), comment(1, ana, "lgtm")), want: pull.Block, lead: "changes-requested", never: []string{"approval-counted"}},
		{name: "by somebody whose review was dismissed", policy: admins(words), request: request(reviewed(ana, pull.Dismissed), comment(1, ana, "lgtm")), want: pull.Wait, lead: waits, codes: []string{"approval-dismissed"}},
		{name: "reviews off", policy: admins(only), request: request(approved(ana)), want: pull.Wait, lead: waits},
		{name: "reviews off, a phrase", policy: admins(only), request: request(approved(ana), comment(1, ana, ":+1:")), want: pull.Pass, lead: "approved"},
		{name: "the body is no comment", policy: admins(words), request: request(comment(0, ana, "lgtm")), want: pull.Wait, lead: waits},
		{name: "the body", policy: admins(body), request: request(comment(0, dee, "Hello\nI tested this.")), want: pull.Pass, lead: "approved"},
		{name: "the body, edited", policy: admins(body), request: request(comment(0, dee, "I tested this.", edited)), want: pull.Wait, lead: waits, codes: []string{"comment-edited"}},
	} {
		s.run(t)
	}
}

func TestDistinctTeams(t *testing.T) {
	p := policy(Requirement{Approvals: &Approvals{Count: 2, From: []string{"@acme/sre", "@acme/dba"}, DistinctTeams: 2}})
	staffed := func(sre, dba []int64) func(*pull.Request) {
		return func(r *pull.Request) {
			r.Standing.Members = map[string][]int64{"acme/sre": sre, "acme/dba": dba}
		}
	}
	for _, s := range []story{
		{name: "one of each", request: request(staffed([]int64{1}, []int64{2}), approved(ana), approved(bo)), want: pull.Pass, lead: "approved"},
		{name: "two of one", request: request(staffed([]int64{1, 2}, []int64{3}), approved(ana), approved(bo)), want: pull.Wait, lead: "teams-missing"},
		{name: "one in both speaks for one", request: request(staffed([]int64{1, 2}, []int64{1}), approved(ana), approved(bo)), want: pull.Pass, lead: "approved"},
		{name: "both in one, one in both", request: request(staffed([]int64{1}, []int64{1, 2}), approved(ana), approved(bo)), want: pull.Pass, lead: "approved"},
		{name: "too few people", request: request(staffed([]int64{1, 2}, []int64{3}), approved(ana)), want: pull.Wait, lead: "no-approval"},
		{name: "nobody left in the other", request: request(staffed([]int64{1, 2}, []int64{dee.ID}), approved(ana), approved(bo)), want: pull.Block, lead: "nobody-can-approve"},
	} {
		s.policy = p
		s.run(t)
	}
}

func TestOwners(t *testing.T) {
	owners := policy(Requirement{Owners: &Owners{Count: 1, Files: []Ownership{
		{Paths: []string{"prod/db/**"}, From: []string{"ana"}}, {Paths: []string{"prod/**"}, From: []string{"bo", "@acme/sre"}}}}})
	both := changing("prod/db/x", "prod/web/y")
	for _, s := range []story{
		{name: "each file has its own", request: request(both, approved(ana), approved(bo)), want: pull.Pass, lead: "approved"},
		{name: "one file's is missing", request: request(both, approved(ana)), want: pull.Wait, lead: "no-approval"},
		{name: "the first entry owns, not the second", request: request(changing("prod/db/x"), approved(bo)), want: pull.Wait, lead: "no-approval", codes: []string{"not-named"}},
		{name: "a file without an owner", request: request(changing(".github/x"), approved(ana)), want: pull.Block, lead: "owner-missing"},
		{name: "an owner who wrote it", request: request(changing("prod/db/x"), commit(ana, ana), approved(ana)), want: pull.Block, lead: "nobody-can-approve", codes: []string{"contributor-approval"}},
	} {
		s.policy = owners
		s.run(t)
	}
	q := Ask(owners, request(both))
	if diff := cmp.Diff(pull.Question{Logins: []string{"ana", "bo"}, Teams: []string{"acme/sre"}}, q); diff != "" {
		t.Errorf("owners are asked about (-want +got):\n%s", diff)
	}
}

func codeownersFile(text string) func(*pull.Request) {
	return func(r *pull.Request) { r.Codeowners = pull.Source{Path: "CODEOWNERS", Text: text} }
}

func TestThreat10Codeowners(t *testing.T) {
	asks := policy(Requirement{Codeowners: &Codeowners{Count: 1}})
	for _, s := range []story{
		{name: "an owner approves", request: request(codeownersFile("prod/ @ana\n"), approved(ana)), want: pull.Pass, lead: "approved"},
		{name: "somebody else approves", request: request(codeownersFile("prod/ @ana\n"), approved(bo)), want: pull.Wait, lead: "no-approval"},
		{name: "the last match counts", request: request(codeownersFile("* @bo\nprod/ @ana @acme/sre # theirs\n"), approved(cy)), want: pull.Pass, lead: "approved"},
		{name: "an owner without write access", request: request(codeownersFile("* @acme/sre\n"), approved(fay)), want: pull.Wait, lead: "no-approval", codes: []string{"role-too-low"}},
		{name: "no file", request: request(approved(ana)), want: pull.Block, lead: "codeowners-missing"},
		{name: "an unreadable file", request: request(approved(ana), func(r *pull.Request) { r.Codeowners = pull.Source{Path: "CODEOWNERS", Unreadable: "a symlink"} }), want: pull.Block, lead: "codeowners-unreadable"},
		{name: "a file over 3 MB", request: request(approved(ana), codeownersFile("* @ana\n"+strings.Repeat("#", codeownersBytes))), want: pull.Block, lead: "codeowners-too-large"},
		{name: "an invalid line anywhere", request: request(approved(ana), codeownersFile("* @ana\ndocs/ nobody\n")), want: pull.Block, lead: "codeowners-invalid"},
		{name: "a negated pattern", request: request(approved(ana), codeownersFile("* @ana\n!docs/ @bo\n")), want: pull.Block, lead: "codeowners-invalid"},
		{name: "a character class", request: request(approved(ana), codeownersFile("* @ana\nd[oa]cs/ @bo\n")), want: pull.Block, lead: "codeowners-invalid"},
		{name: "no owner", request: request(approved(ana), codeownersFile("docs/ @ana\n")), want: pull.Block, lead: "owner-missing"},
		{name: "the owners taken away", request: request(approved(ana), codeownersFile("* @ana\nprod/\n")), want: pull.Block, lead: "owner-missing"},
		{name: "an e-mail address", request: request(approved(ana), codeownersFile("* ana@example.com\n")), want: pull.Block, lead: "owner-unresolvable"},
		{name: "an e-mail address beside a login", request: request(approved(ana), codeownersFile("* x@example.com @ana\n")), want: pull.Pass, lead: "approved"},
		{name: "a team that is not there", request: request(approved(ana), codeownersFile("* @acme/gone\n")), want: pull.Block, lead: "team-unknown"},
		{name: "the author alone", request: request(approved(dee), codeownersFile("* @dee\n")), want: pull.Block, lead: "nobody-can-approve"},
		{name: "the file itself is of the landing tier", policy: Policy{Rules: []Rule{{Name: "open", Paths: []string{"**"}}}}, request: request(changing("CODEOWNERS"), codeownersFile("* @ana\n")), want: pull.Wait, lead: "no-admin-approval"},
		{name: "unowned: allow", policy: policy(Requirement{Codeowners: &Codeowners{Count: 1, Unowned: SpecialAllow}}), request: request(codeownersFile("docs/ @ana\n")), want: pull.Pass, lead: "approved-by-default"},
	} {
		if s.policy.Rules == nil {
			s.policy = asks
		}
		s.request.Standing.Accounts = map[string]pull.Account{"ana": ana, "dee": dee, "bo": bo}
		s.run(t)
	}
	v, _ := Judge(asks, request(codeownersFile("* @ana\n\n# x\ndocs/ nobody\n")), nil, pull.Pass)
	if got := v.Lead().Message; !strings.HasPrefix(got, "CODEOWNERS:4: ") {
		t.Errorf("an invalid line is not named: %q", got)
	}
}

// TestThreat22CodeownersPatterns are the examples of GitHub's own description, and their surroundings.
func TestThreat22CodeownersPatterns(t *testing.T) {
	for _, v := range []struct {
		pattern string
		yes, no []string
	}{
		{"*", []string{"a", "a/b/c"}, nil},
		{"*.js", []string{"a.js", "x/y/a.js"}, []string{"a.jsx", "js"}},
		{"/build/logs/", []string{"build/logs/a", "build/logs/x/y"}, []string{"x/build/logs/a", "build/logs"}},
		{"docs/*", []string{"docs/a.md"}, []string{"docs/b/a.md", "x/docs/a.md"}},
		{"apps/", []string{"apps/a", "x/apps/b/c"}, []string{"apps", "xapps/a"}},
		{"/docs/", []string{"docs/a/b"}, []string{"x/docs/a"}},
		{"/scripts", []string{"scripts", "scripts/a/b"}, []string{"x/scripts", "scripts2"}},
		{"**/logs", []string{"logs/a", "x/logs", "build/logs/y/z"}, []string{"xlogs"}},
		{"/apps/github", []string{"apps/github", "apps/github/x"}, []string{"apps/x"}},
		{"a/**/b", []string{"a/b", "a/x/y/b", "a/x/b/c"}, []string{"b", "x/a/b"}},
		{"a/**", []string{"a/b/c"}, []string{"x/a/b"}},
		{`with\ space/`, []string{"with space/a"}, []string{"with", "space/a"}},
		{"{a,b}", []string{"{a,b}"}, []string{"a", "b"}},
		{"foo**", []string{"foobar", "x/foo"}, []string{"fo"}},
		{"/", []string{"a", "a/b"}, nil},
		{"Prod/", nil, []string{"prod/a"}},
	} {
		line, err := parseOwnerLine(v.pattern + " @ana")
		if err != nil {
			t.Errorf("%s: %v", v.pattern, err)
			continue
		}
		for _, path := range slices.Concat(v.yes, v.no) {
			if got, want := anyMatch(line.globs, path), slices.Contains(v.yes, path); got != want {
				t.Errorf("%s on %s: got %v, want %v", v.pattern, path, got, want)
			}
		}
	}
}

func FuzzCodeowners(f *testing.F) {
	for _, seed := range []string{"* @ana", "a\\ b/ @org/team x@y.z # c", "\\", "!x @a", "{ @a", "**a/**/ @b", "/", "#"} {
		f.Add(seed, "a/b")
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		file := readCodeowners(pull.Source{Path: "CODEOWNERS", Text: text})
		if file.fault.Code == "" {
			file.owner(path)
		}
	})
}

func TestBlocks(t *testing.T) {
	blocked := policy(from(1, "admin"))
	blocked.Rules[1].Block = &Block{From: []string{"@acme/sre"}, Comments: []string{"/veto"}, Lift: []string{"bo"}}
	when := func(minute int) func(*pull.Request) {
		return func(r *pull.Request) { r.Reviews[len(r.Reviews)-1].At = at(minute) }
	}
	objects := reviewed(fay, pull.ChangesRequested)
	for _, s := range []story{
		{name: "somebody named objects", request: request(approved(ana), objects, when(2)), want: pull.Block, lead: "changes-requested"},
		{name: "without block: they may not", policy: policy(from(1, "admin")), request: request(approved(ana), objects), want: pull.Pass, lead: "approved"},
		{name: "on another rule's paths they may not", request: request(changing("docs/a"), approved(ana), objects, when(2)), want: pull.Pass, lead: "approved"},
		{name: "somebody else objects", request: request(approved(ana), reviewed(eve, pull.ChangesRequested)), want: pull.Pass, lead: "approved"},
		{name: "who could approve may always object", request: request(approved(ana), reviewed(bo, pull.ChangesRequested), when(2)), want: pull.Block, lead: "changes-requested"},
		{name: "lifted by a later approval", request: request(objects, when(2), approved(bo), when(3)), want: pull.Pass, lead: "approved"},
		{name: "an earlier approval lifts nothing", request: request(approved(bo), when(1), objects, when(2)), want: pull.Block, lead: "changes-requested"},
		{name: "who may not lift does not", request: request(objects, when(2), approved(ana), when(3)), want: pull.Block, lead: "changes-requested"},
		{name: "a stale approval lifts nothing", request: request(objects, when(2), reviewedAt(bo, pull.Approved, oldSHA), when(3)), want: pull.Block, lead: "changes-requested"},
		{name: "a comment", request: request(approved(ana), comment(2, fay, "/veto")), want: pull.Block, lead: "blocked-by-comment"},
		{name: "an edited comment", request: request(approved(ana), comment(2, fay, "/veto", edited)), want: pull.Block, lead: "blocked-by-comment"},
		{name: "a quoted comment", request: request(approved(ana), comment(2, fay, "> /veto")), want: pull.Pass, lead: "approved"},
		{name: "a comment by somebody else", request: request(approved(ana), comment(2, eve, "/veto")), want: pull.Pass, lead: "approved"},
		{name: "withdrawn by approving", request: request(approved(ana), comment(2, fay, "/veto"), approved(fay), when(3)), want: pull.Pass, lead: "approved"},
		{name: "not withdrawn by having approved", request: request(approved(ana), approved(fay), when(1), comment(2, fay, "/veto")), want: pull.Block, lead: "blocked-by-comment"},
		{name: "a comment, lifted", request: request(comment(2, fay, "/veto"), approved(bo), when(3)), want: pull.Pass, lead: "approved"},
	} {
		if s.policy.Rules == nil {
			s.policy = blocked
		}
		s.run(t)
	}
}

// TestWhoMayLift goes over everybody whom lift can name: they lift what gus raised, as he himself does, and nobody else.
func TestWhoMayLift(t *testing.T) {
	people := map[string]pull.Account{"ana": ana, "bo": bo, "cy": cy, "eve": eve, "fay": fay, "gus": gus}
	for word, may := range map[string][]string{
		"bo": {"bo"}, "user:bo": {"bo"}, "@acme/sre": {"cy", "fay"}, "admin": {"ana", "bo"}, "maintain": {"ana", "bo", "cy"}, "": nil,
	} {
		for name, who := range people {
			for _, raised := range []struct {
				code   string
				change func(*pull.Request)
			}{{"changes-requested", reviewed(gus, pull.ChangesRequested)}, {"blocked-by-comment", comment(9, gus, "/veto")}} {
				p := policy(Requirement{})
				p.Rules[1].Block = &Block{From: []string{"gus"}, Comments: []string{"/veto"}}
				if word != "" {
					p.Rules[1].Block.Lift = []string{word}
				}
				r := request(raised.change, approved(who), func(r *pull.Request) { r.Standing.Roles[gus.ID] = pull.Write })
				for i := range r.Reviews {
					r.Reviews[i].At = at(i + 15)
				}
				v, _ := Judge(p, r, nil, pull.Pass)
				if held, want := v.Has(raised.code), name != "gus" && !slices.Contains(may, name); held != want {
					t.Errorf("lift %q, %s approves after %s: held %v, want %v\n%s", word, name, raised.code, held, want, tree(v.Reasons, ""))
				}
			}
		}
	}
}

func TestReviewers(t *testing.T) {
	asks := func(mode string, count int, q Requirement) Policy {
		p := policy(q)
		p.Rules[1].Reviewers = &ReviewRequests{mode, count}
		return p
	}
	two := from(2, "maintain")
	team := from(1, "@acme/sre")
	for _, test := range []struct {
		name    string
		policy  Policy
		request pull.Request
		want    Reviewers
	}{
		{"all", asks(ReviewAll, 0, two), request(), Reviewers{People: []string{"ana", "bo", "cy"}}},
		{"all who have not approved", asks(ReviewAll, 0, two), request(approved(bo)), Reviewers{People: []string{"ana", "cy"}}},
		{"nobody once it is approved", asks(ReviewAll, 0, two), request(approved(bo), approved(ana)), Reviewers{}},
		{"nobody for a draft", asks(ReviewAll, 0, two), request(func(r *pull.Request) { r.Draft = true }), Reviewers{}},
		{"teams", asks(ReviewTeams, 0, team), request(), Reviewers{Teams: []string{"acme/sre"}}},
		{"owners", asks(ReviewAll, 0, Requirement{Owners: &Owners{Count: 1, Files: []Ownership{{[]string{"**"}, []string{"@acme/sre"}}}}}), request(), Reviewers{People: []string{"cy", "fay"}}},
		{"two owners each", asks(ReviewRandom, 0, Requirement{Owners: &Owners{Count: 2, Files: []Ownership{{[]string{"**"}, []string{"@acme/sre"}}}}}), request(approved(cy)), Reviewers{People: []string{"fay"}}},
		{"unless asked for", policy(two), request(), Reviewers{}},
	} {
		_, needs := Judge(test.policy, test.request, nil, pull.Pass)
		if diff := cmp.Diff(test.want, needs.Reviewers); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	counts := map[string]int{}
	for number := range 60 {
		r := request(func(r *pull.Request) { r.Number = number })
		_, first := Judge(asks(ReviewRandom, 1, from(1, "maintain")), r, nil, pull.Pass)
		_, again := Judge(asks(ReviewRandom, 1, from(1, "maintain")), r, nil, pull.Pass)
		if len(first.Reviewers.People) != 1 || first.Reviewers.People[0] != again.Reviewers.People[0] {
			t.Fatalf("random: got %v, then %v", first.Reviewers, again.Reviewers)
		}
		counts[first.Reviewers.People[0]]++
	}
	if len(counts) != 3 {
		t.Errorf("random: 60 pull requests asked only %v", counts)
	}
}

func TestShadowedRules(t *testing.T) {
	rule := func(paths ...string) Rule { return Rule{Name: strings.Join(paths, " "), Paths: paths} }
	conditional := rule("**")
	conditional.When = When{Target: []string{"main"}}
	for _, test := range []struct {
		name  string
		rules []Rule
		want  []Shadow
	}{
		{"none", []Rule{rule("prod/**"), rule("**")}, nil},
		{"behind everything", []Rule{rule("**"), rule("prod/**"), rule("*.md")}, []Shadow{{1, 0}, {2, 0}}},
		{"the same again", []Rule{rule("a/*.tf"), rule("a/*.tf")}, []Shadow{{1, 0}}},
		{"below a folder", []Rule{rule("prod/**"), rule("prod/db/**", "prod/x", "prod/*/y", "prod")}, []Shadow{{1, 0}}},
		{"below two folders", []Rule{rule("a/**"), rule("b/**"), rule("{a,b}/x")}, []Shadow{{2, 1}}},
		{"partly", []Rule{rule("prod/**"), rule("prod/x", "docs/x")}, nil},
		{"a name that only begins alike", []Rule{rule("prod/**"), rule("production/**", "prod*")}, nil},
		{"behind a condition", []Rule{conditional, rule("prod/**")}, nil},
	} {
		if diff := cmp.Diff(test.want, Policy{Rules: test.rules}.Shadowed()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
