package server

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/hub"
	"github.com/sallyport/sallyport/pull"
)

const (
	inRepo = `"repository":{"id":7,"name":"infra","full_name":"acme/infra","owner":{"login":"acme","id":1},"default_branch":"main"}`
	byAna  = `"sender":{"id":11,"login":"ana","type":"User"}`
)

var ana = pull.Account{ID: 11, Login: "ana", Kind: pull.User}

func understood(t *testing.T, event, body string) pull.Delivery {
	t.Helper()
	d, err := reader{app: 42}.understand(event, "d1", []byte(body), testNow)
	if err != nil {
		t.Fatalf("understand %s: %v", event, err)
	}
	return d
}

func TestPushMayChangeRules(t *testing.T) {
	const after = "1111111111111111111111111111111111111111"
	commit := func(id, list, path string) string { return fmt.Sprintf(`{"id":%q,%q:[%q]}`, id, list, path) }
	for _, tc := range []struct {
		name, commits, more string
		unhurried           bool
	}{
		{"jobs", commit(after, "modified", "prod/web.nomad"), "", true},
		{"policy added", commit(after, "added", ".sallyport.yml"), "", false},
		{"policy removed", commit(after, "removed", ".sallyport.yml"), "", false},
		{"policy in an earlier commit", commit("0", "modified", ".policy.yml") + "," + commit(after, "added", "x"), "", false},
		{"workflow", commit(after, "modified", ".github/workflows/ci.yml"), "", false},
		{"a like name elsewhere", commit(after, "modified", "docs/.sallyport.yml"), "", true},
		{"forced", commit(after, "added", "x"), `"forced":true,`, false},
		{"deleted", "", `"deleted":true,`, false},
		{"nothing listed", "", "", false},
		{"list ends early", commit("0", "added", "x"), "", false},
		{"list is full", strings.Repeat(commit("0", "added", "x")+",", maxListedCommits-1) + commit(after, "added", "x"), "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := understood(t, "push", fmt.Sprintf(`{"ref":"refs/heads/release/1","after":%q,%s"commits":[%s],%s,%s}`,
				after, tc.more, tc.commits, inRepo, byAna))
			want := []pull.Scope{{Repo: 7, Branch: "release/1", Unhurried: tc.unhurried}}
			if diff := cmp.Diff(want, d.Scopes[:1]); diff != "" {
				t.Errorf("scopes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPush(t *testing.T) {
	for _, tc := range []struct{ name, body, want string }{
		{"a branch", `{"ref":"refs/heads/main","after":"aaaaaaa","commits":[{"id":"aaaaaaa"}],` + inRepo + `,` + byAna + `}`,
			"; 7 into main unhurried; what rests on acme/infra unhurried; repo acme/infra; aaaaaaa pushed by ana"},
		{"a branch is gone", `{"ref":"refs/heads/main","after":"0000000","deleted":true,` + inRepo + `,` + byAna + `}`,
			"; 7 into main; what rests on acme/infra; repo acme/infra"},
		{"a tag", `{"ref":"refs/tags/main","after":"aaaaaaa",` + inRepo + `,` + byAna + `}`, "; what rests on acme/infra; repo acme/infra"},
		{"notes", `{"ref":"refs/notes/main","after":"aaaaaaa",` + inRepo + `,` + byAna + `}`, "; repo acme/infra"},
		{"a policy under any name", `{"ref":"refs/heads/main","after":"aaaaaaa","commits":[{"id":"aaaaaaa","modified":["policies/jobs.yaml"]}],` + inRepo + `}`,
			"; 7 into main unhurried; what rests on acme/infra; repo acme/infra"},
		{"by nobody known", `{"ref":"refs/heads/main","after":"aaaaaaa","commits":[{"id":"aaaaaaa"}],` + inRepo + `}`,
			"; 7 into main unhurried; what rests on acme/infra unhurried; repo acme/infra"},
		{"the organization's floor", `{"ref":"refs/heads/main","after":"aaaaaaa","commits":[{"id":"aaaaaaa","modified":["policy.yml"]}],` +
			strings.Replace(inRepo, `"name":"infra"`, `"name":".github"`, 1) + `}`, "; 7 into main; all of acme; what rests on acme/.github; repo acme/.github"},
	} {
		if got := outline(understood(t, "push", tc.body)); got != tc.want {
			t.Errorf("%s:\n got %s\nwant %s", tc.name, got, tc.want)
		}
	}
}

func TestCommands(t *testing.T) {
	for _, tc := range []struct {
		name, action, body string
		want               []string
	}{
		{"a command", "created", "/sallyport duo", []string{"duo"}},
		{"with arguments", "created", "/sallyport  hold until  Monday\r\nbecause", []string{"hold", "until", "Monday"}},
		{"verb in capitals", "created", "/sallyport DUO", []string{"duo"}},
		{"edited into one", "edited", "/sallyport duo", nil},
		{"deleted", "deleted", "/sallyport duo", nil},
		{"on the second line", "created", "Please:\n/sallyport duo", nil},
		{"quoted", "created", "> /sallyport duo", nil},
		{"indented", "created", " /sallyport duo", nil},
		{"another word", "created", "/sallyportal duo", nil},
		{"no verb", "created", "/sallyport ", nil},
		{"no verb on the line", "created", "/sallyport\nduo", nil},
		{"endless", "created", "/sallyport " + strings.Repeat("a", pull.MaxCommand+1), nil},
		{"control characters", "created", "/sallyport duo\u0007now", []string{"duo", "now"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := understood(t, "issue_comment", fmt.Sprintf(
				`{"action":%q,"issue":{"number":3,"pull_request":{}},"comment":{"body":%s},%s,%s}`, tc.action, quoteJSON(tc.body), inRepo, byAna))
			if diff := cmp.Diff(tc.want, d.News.Command); diff != "" {
				t.Errorf("command (-want +got):\n%s", diff)
			}
			want := []pull.Scope{{Repo: 7, Number: 3, Unhurried: tc.want == nil}}
			if diff := cmp.Diff(want, d.Scopes); diff != "" {
				t.Errorf("scopes (-want +got):\n%s", diff)
			}
			if d.News.Sender != ana {
				t.Errorf("sender: got %+v, want ana", d.News.Sender)
			}
		})
	}
	d := understood(t, "issue_comment", `{"action":"created","issue":{"number":3},"comment":{"body":"/sallyport duo"},`+inRepo+`}`)
	if d.News.Command != nil || d.Scopes != nil {
		t.Errorf("a comment on an issue: got %v %v, want nothing", d.News.Command, d.Scopes)
	}
}

// A comment on a line of the diff has the pull request looked at, whatever becomes of it, and commands nothing.
func TestRemarksAreNoCommands(t *testing.T) {
	for _, action := range []string{"created", "edited", "deleted"} {
		d := understood(t, "pull_request_review_comment", fmt.Sprintf(
			`{"action":%q,"pull_request":{"number":3,"head":{"sha":"abc"}},"comment":{"id":9,"body":"/sallyport duo"},%s,%s}`, action, inRepo, byAna))
		if diff := cmp.Diff([]pull.Scope{{Repo: 7, Number: 3, Unhurried: true}}, d.Scopes); diff != "" {
			t.Errorf("%s: scopes (-want +got):\n%s", action, diff)
		}
		if d.News.Command != nil || d.News.Comment != 0 || d.News.Routine() {
			t.Errorf("%s: got %+v, want news without a command that has the world read", action, d.News)
		}
	}
}

func quoteJSON(s string) string {
	return `"` + strings.NewReplacer("\n", `\n`, "\r", `\r`, "\u0007", `\u0007`, `"`, `\"`).Replace(s) + `"`
}

func TestCheckRunNews(t *testing.T) {
	d := understood(t, "check_run", `{"action":"completed","check_run":{"id":5,"name":"ci\u0000","head_sha":"abc","status":"COMPLETED",
		"conclusion":"Failure","external_id":"x","started_at":"2026-03-14T09:00:00Z","html_url":"https://github.com/x","app":{"id":9},
		"pull_requests":[{"number":3,"base":{"repo":{"id":7}}},{"number":4,"base":{"repo":{"id":8}}}]},`+inRepo+`,`+byAna+`}`)
	want := pull.News{Delivery: "d1", Event: "check_run", Action: "completed", SHA: "abc", Sender: ana, At: testNow,
		Check: &pull.Check{Kind: pull.CheckRun, Name: "ci\uFFFD", App: 9, ID: 5, Status: "completed", Conclusion: "failure", ExternalID: "x",
			StartedAt: time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC), URL: "https://github.com/x"}}
	if diff := cmp.Diff(want, d.News); diff != "" {
		t.Errorf("news (-want +got):\n%s", diff)
	}
	// The second pull request is in another repository that shares the commit.
	scopes := []pull.Scope{{Repo: 7, Head: "abc"}, {Repo: 7, Number: 3}}
	if diff := cmp.Diff(scopes, d.Scopes); diff != "" {
		t.Errorf("scopes (-want +got):\n%s", diff)
	}
	if !d.News.Routine() {
		t.Error("a check's news should be routine")
	}
}

// What we write comes back as events; they must cause no work, except where somebody pressed a button.
func TestOwnEchoes(t *testing.T) {
	for _, tc := range []struct {
		event, action string
		app           int
		command       []string
		concerns      int
		unhurried     bool
	}{
		{"check_run", "created", 42, nil, 0, false},
		{"check_run", "completed", 42, nil, 0, false},
		{"check_run", "requested_action", 42, []string{"duo"}, 1, false},
		{"check_run", "rerequested", 42, []string{"recheck"}, 1, false},
		{"check_run", "created", 9, nil, 1, false},
		{"check_run", "requested_action", 9, nil, 1, false},
		{"check_run", "rerequested", 9, nil, 1, false},
		{"check_suite", "completed", 42, nil, 0, false},
		{"check_suite", "requested", 42, nil, 0, false},
		{"check_suite", "rerequested", 42, []string{"recheck"}, 1, false},
		{"check_suite", "completed", 9, nil, 1, true},
		{"check_suite", "rerequested", 9, nil, 1, true},
	} {
		t.Run(fmt.Sprint(tc.event, tc.action, tc.app), func(t *testing.T) {
			d := understood(t, tc.event, fmt.Sprintf(
				`{"action":%q,%q:{"name":"sallyport/duo","head_sha":"abc","app":{"id":%d}},"requested_action":{"identifier":"duo"},%s,%s}`,
				tc.action, tc.event, tc.app, inRepo, byAna))
			if diff := cmp.Diff(tc.command, d.News.Command); diff != "" {
				t.Errorf("command (-want +got):\n%s", diff)
			}
			if len(d.Scopes) != tc.concerns || tc.concerns > 0 && d.Scopes[0].Unhurried != tc.unhurried {
				t.Errorf("scopes: got %+v, want %d, unhurried %v", d.Scopes, tc.concerns, tc.unhurried)
			}
		})
	}
}

func TestStatusNews(t *testing.T) {
	for state, want := range map[string]pull.Check{
		"pending": {Status: "pending"},
		"success": {Status: "completed", Conclusion: "success"},
		"failure": {Status: "completed", Conclusion: "failure"},
		"error":   {Status: "completed", Conclusion: "error"},
	} {
		want.Kind, want.Name, want.ID = pull.CommitStatus, "ci", 5
		d := understood(t, "status", fmt.Sprintf(`{"id":5,"sha":"abc","context":"ci","state":%q,%s}`, state, inRepo))
		if diff := cmp.Diff(&want, d.News.Check); diff != "" {
			t.Errorf("%s (-want +got):\n%s", state, diff)
		}
		if diff := cmp.Diff([]pull.Scope{{Repo: 7, Head: "abc"}}, d.Scopes); diff != "" {
			t.Errorf("%s: scopes (-want +got):\n%s", state, diff)
		}
	}
}

// Whoever opens a pull request has not necessarily pushed its branch; to say so would free the pusher to approve.
func TestThreat29OpenerIsNotThePusher(t *testing.T) {
	for _, tc := range []struct {
		name, action             string
		user, headRepo, forkedBy int
		want                     bool
	}{
		{"synchronize", "synchronize", 99, 7, 1, true},
		{"synchronize of a fork", "synchronize", 99, 8, 1, true},
		{"synchronize of a fork that is gone", "synchronize", 99, 0, 1, false},
		{"opened in this repository", "opened", 11, 7, 1, false},
		{"opened from the sender's fork", "opened", 11, 8, 11, true},
		{"opened from somebody's fork", "opened", 11, 8, 12, false},
		{"opened for somebody", "opened", 12, 8, 11, false},
		{"opened from a fork that is gone", "opened", 11, 0, 11, false},
		{"reopened", "reopened", 11, 8, 11, false},
	} {
		d := understood(t, "pull_request", fmt.Sprintf(
			`{"action":%q,"pull_request":{"number":3,"user":{"id":%d},"head":{"sha":"abc","repo":{"id":%d,"owner":{"id":%d}}}},%s,%s}`,
			tc.action, tc.user, tc.headRepo, tc.forkedBy, inRepo, byAna))
		if got := len(d.Pushes) == 1 && d.Pushes[0] == (pull.Push{Repo: int64(tc.headRepo), SHA: "abc", By: ana}); got != tc.want {
			t.Errorf("%s: got pushes %+v, want one: %v", tc.name, d.Pushes, tc.want)
		}
	}
}

// Repositories are known by number: a rename or transfer moves the name and nothing else.
func TestThreat8NumericIDs(t *testing.T) {
	renamed := strings.Replace(inRepo, "infra", "platform", 2)
	d := understood(t, "repository", `{"action":"renamed","changes":{"repository":{"name":{"from":"infra"}}},`+renamed+`,"installation":{"id":5}}`)
	want := []pull.Repo{{ID: 7, Owner: "acme", Name: "platform", DefaultBranch: "main", Installation: 5}}
	if diff := cmp.Diff(want, d.Repos); diff != "" {
		t.Errorf("repos (-want +got):\n%s", diff)
	}
	if got, want := outline(d), "renamed; all of 7; repo acme/platform; discover"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	d = understood(t, "repository", `{"action":"deleted",`+inRepo+`}`)
	if got, want := outline(d), "deleted; gone 7"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A payload that names no place must not be taken to mean every place.
func TestThreat8NoPlaceIsNotEveryPlace(t *testing.T) {
	for _, event := range events() {
		if event == "ping" {
			continue
		}
		for _, body := range []string{
			`{}`, `{"action":"created","issue":{"pull_request":{}}}`, `{"ref":"refs/heads/main","sha":"abc"}`,
			`{"action":"deleted","repository":{"id":0},"installation":{"id":-1},"check_run":{"head_sha":"abc"}}`,
			`{"repository":{"id":7}}`,
		} {
			d, err := reader{app: 42}.understand(event, "d1", []byte(body), testNow)
			if err == nil {
				requirePlaces(t, event, d)
			}
		}
	}
}

func requirePlaces(t *testing.T, event string, d pull.Delivery) {
	t.Helper()
	for _, s := range d.Scopes {
		if s.Repo <= 0 && s.Owner == "" && s.Installation <= 0 && s.RestsOn == "" || s.Number < 0 {
			t.Errorf("%s: scope %+v is everywhere", event, s)
		}
	}
	for _, r := range d.Repos {
		if r.ID <= 0 {
			t.Errorf("%s: repo %+v has no id", event, r)
		}
	}
}

func TestRenamedOrganization(t *testing.T) {
	d := understood(t, "organization", `{"action":"renamed","organization":{"login":"new"},"changes":{"login":{"from":"old"}}}`)
	if got, want := outline(d), "renamed; all of new; what rests on new; all of old; what rests on old"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	d = understood(t, "repository_ruleset", `{"action":"edited","organization":{"login":"acme"}}`)
	if got, want := outline(d), "edited; all of acme"; got != want {
		t.Errorf("an organization's ruleset: got %s, want %s", got, want)
	}
}

func TestInstallations(t *testing.T) {
	for body, want := range map[string]string{
		`{"action":"created","installation":{"id":5,"account":{"login":"acme"}},"repositories":[{"id":7,"name":"infra"},{"name":"no id"}]}`: "created; what rests on acme; repo acme/infra; discover",
		`{"action":"suspend","installation":{"id":5},"repositories":[{"id":7},{"id":8}]}`:                                                   "suspend; gone 7; gone 8",
		`{"action":"suspend","installation":{"id":5}}`:                                                                                      "suspend; all of installation 5",
	} {
		if got := outline(understood(t, "installation", body)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func FuzzUnderstand(f *testing.F) {
	names := events()
	for i, event := range names {
		f.Add(i, []byte(`{"action":"created",`+inRepo+`,"check_run":{"head_sha":"abc"},"number":1}`))
		f.Add(i, []byte(`{"repository":null,"commits":[null],"check_run":{"pull_requests":[null]},"issue":{"pull_request":null}}`))
		_ = event
	}
	for _, event := range []string{"pull_request", "check_run", "push", "installation"} {
		for i, name := range names {
			if name == event {
				f.Add(i, []byte(examples(f, event)[0]))
			}
		}
	}
	f.Fuzz(func(t *testing.T, which int, body []byte) {
		event := names[int(uint(which)%uint(len(names)))]
		d, err := reader{app: 42}.understand(event, "d1", body, testNow)
		if err != nil {
			return
		}
		requirePlaces(t, event, d)
		for _, word := range d.News.Command {
			if strings.ContainsAny(word, "\x00\n") {
				t.Errorf("command word %q cannot be stored", word)
			}
		}
	})
}

func FuzzCommand(f *testing.F) {
	f.Add("/sallyport duo")
	f.Add("/sallyport \x00")
	f.Fuzz(func(t *testing.T, body string) {
		words := pull.CommandIn(body)
		said := strings.Join(words, " ")
		if len(said) > 3*pull.MaxCommand { // a broken byte becomes three
			t.Errorf("got a command of %d bytes", len(said))
		}
		if words != nil && !strings.HasPrefix(body, "/sallyport ") {
			t.Errorf("%q was taken for the command %q", body, words)
		}
		if again := pull.CommandIn("/sallyport " + said); words != nil && len(said) <= pull.MaxCommand && !slices.Equal(again, words) {
			t.Errorf("%q was understood as %q, and that as %q", body, words, again)
		}
	})
}

// Whoever registers the app is told of every event that it reads, and of none that it does not.
func TestEveryEventIsSubscribedTo(t *testing.T) {
	subscribed := []string{"installation", "installation_repositories", "ping"} // these come by themselves
	for _, p := range hub.Permissions {
		subscribed = append(subscribed, p.Tells...)
	}
	slices.Sort(subscribed)
	if diff := cmp.Diff(events(), subscribed); diff != "" {
		t.Errorf("events (-read +subscribed to):\n%s", diff)
	}
}
