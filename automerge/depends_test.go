package automerge

import (
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

func TestDependsOnReadsLines(t *testing.T) {
	repo := pull.Repo{Owner: "acme", Name: "jobs"}
	for _, c := range []struct {
		body   string
		want   string
		unread int
	}{
		{"", "", 0},
		{"It depends-on: #3 in spirit.", "", 0},
		{"> Depends-On: #3", "", 0},
		{"Depends-On: #3", "acme/jobs#3", 0},
		{"text\r\ndepends-on:#3\r\nmore", "acme/jobs#3", 0},
		{"Depends-On: #3\nDepends-On: ACME/jobs#3\nDepends-On: acme/infra#4", "acme/jobs#3 acme/infra#4", 0},
		{"Depends-On: #3, acme/infra#4", "acme/jobs#3 acme/infra#4", 0},
		{"Depends-On: https://github.example/acme/infra/pull/4", "acme/infra#4", 0},
		{"Depends-On: https://github.example/acme/infra/pull/4/", "acme/infra#4", 0},
		{"Depends-On: https://elsewhere.example/acme/infra/pull/4", "", 1},
		{"Depends-On: http://github.example/acme/infra/pull/4", "", 1},
		{"Depends-On:", "", 1},
		{"Depends-On: #0", "", 1},
		{"Depends-On: three", "", 1},
		{"Depends-On: #3 #4", "", 1},
		{"Depends-On: #3, oops", "acme/jobs#3", 1},
		{"Depends-On: acme/infra/extra#4", "", 1},
	} {
		refs, unread := DependsOn(c.body, repo, "github.example")
		var got []string
		for _, r := range refs {
			got = append(got, r.String())
		}
		if strings.Join(got, " ") != c.want || len(unread) != c.unread {
			t.Errorf("%q: got %v and unread %q, want %q and %d", c.body, got, unread, c.want, c.unread)
		}
	}
}

func dependent(body string, on ...pull.Dependency) pull.Request {
	r := ready().Request
	r.Repo.Owner, r.Repo.Name, r.Number, r.Body, r.Depends = "acme", "jobs", 1, body, on
	return r
}

func dependency(number int, state pull.Lifecycle, needs ...int) pull.Dependency {
	d := pull.Dependency{Ref: pull.Ref{Owner: "acme", Name: "jobs", Number: number}, State: state, Direct: true}
	for _, n := range needs {
		d.Needs = append(d.Needs, pull.Ref{Owner: "Acme", Name: "jobs", Number: n})
	}
	return d
}

func TestWaits(t *testing.T) {
	for _, c := range []struct {
		name string
		r    pull.Request
		want []string
	}{
		{"nothing is named", dependent(""), nil},
		{"it has landed", dependent("Depends-On: #2", dependency(2, pull.Merged)), nil},
		{"it is open", dependent("Depends-On: #2", dependency(2, pull.Open)), []string{"dependency-open wait"}},
		{"it was closed", dependent("Depends-On: #2", dependency(2, pull.Closed)), []string{"dependency-closed block"}},
		{"it was not read", dependent("Depends-On: #2"), []string{"dependency-unseen block"}},
		{"it may not be told of", dependent("Depends-On: #2", dependency(2, "")), []string{"dependency-unseen block"}},
		{"a state that nobody knows", dependent("Depends-On: #2", dependency(2, "queued")), []string{"dependency-unseen block"}},
		{"a block comes before a wait", dependent("Depends-On: #2, #3", dependency(2, pull.Open), dependency(3, pull.Closed)), []string{"dependency-closed block", "dependency-open wait"}},
		{"it waits for itself", dependent("Depends-On: #1"), []string{"dependency-cycle block"}},
		{"a long circle", dependent("Depends-On: #2", dependency(2, pull.Open, 3), dependency(3, pull.Open, 4, 1)), []string{"dependency-cycle block"}},
		{"a circle of others", dependent("Depends-On: #2", dependency(2, pull.Open, 3), dependency(3, pull.Open, 2)), []string{"dependency-open wait"}},
		{"a circle that a landing has opened", dependent("Depends-On: #2", dependency(2, pull.Merged, 1)), nil},
		{"too many", dependent("Depends-On: #2" + many(MostDependencies)), []string{"dependency-too-many block"}},
		{"too many that name none", dependent("Depends-On: " + strings.Repeat("x, ", 30)), []string{"dependency-too-many block"}},
		{"unreadable", dependent("Depends-On: x"), []string{"dependency-unread block"}},
	} {
		var got []string
		for _, r := range Waits(c.r) {
			if got = append(got, r.Code+" "+r.State.String()); r.Message == "" || r.Next == "" || !OfDependency(r) {
				t.Errorf("%s: %+v says too little", c.name, r)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(", #" + strings.Repeat("9", 1+i%3) + string(rune('1'+i%9)) + string(rune('1'+i/9)))
	}
	return b.String()
}

func TestWhatWaitsDoesNotLand(t *testing.T) {
	c := ready()
	if _, stage := Judge(c); stage != Proved {
		t.Fatalf("without a dependency the stage is %v", stage)
	}
	c.Request.Body = "Depends-On: #77"
	if v, stage := Judge(c); stage != NotReady || !v.Has("dependency-unseen") {
		t.Errorf("got stage %v, %+v", stage, v)
	}
}

func TestStackedOnWhatLanded(t *testing.T) {
	on := dependency(2, pull.Merged)
	on.Key, on.Head, on.Base = pull.Key{Repo: 7, Number: 2}, "feature", "main"
	r := dependent("Depends-On: #2", on)
	r.Repo.ID, r.Repo.DefaultBranch, r.Base.Branch = 7, "main", "feature"
	if d, ok := Stacked(r); !ok || d.Base != "main" {
		t.Fatalf("got %+v %v", d, ok)
	}
	if got := Waits(r); len(got) != 1 || got[0].Code != "stacked" || got[0].State != pull.Wait {
		t.Errorf("got %+v, want it to wait for its new target", got)
	}
	for name, change := range map[string]func(*pull.Request){
		"its target is another branch":           func(r *pull.Request) { r.Base.Branch = "other" },
		"its target is the default branch":       func(r *pull.Request) { r.Repo.DefaultBranch = "feature" },
		"it is still open":                       func(r *pull.Request) { r.Depends[0].State = pull.Open },
		"that branch was a fork's":               func(r *pull.Request) { r.Depends[0].Head = "" },
		"that was in another repository":         func(r *pull.Request) { r.Depends[0].Key.Repo = 8 },
		"it is named only by what it depends on": func(r *pull.Request) { r.Depends[0].Direct = false },
	} {
		changed := r
		changed.Depends = slices.Clone(r.Depends)
		change(&changed)
		if _, ok := Stacked(changed); ok {
			t.Errorf("%s: it is taken for stacked", name)
		}
	}
}
