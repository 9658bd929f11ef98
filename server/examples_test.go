package server

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

// examples are GitHub's published example deliveries of an event.
func examples(t testing.TB, event string) []json.RawMessage {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "webhooks", event+".json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all []json.RawMessage
	if err := json.NewDecoder(text).Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// outline is what a delivery causes, in a line.
func outline(d pull.Delivery) string {
	parts := []string{d.Action}
	for _, s := range d.Scopes {
		parts = append(parts, scopeText(s))
	}
	for _, r := range d.Repos {
		parts = append(parts, "repo "+r.FullName())
	}
	for _, id := range d.Gone {
		parts = append(parts, fmt.Sprintf("gone %d", id))
	}
	for _, p := range d.Pushes {
		parts = append(parts, fmt.Sprintf("%.7s pushed by %s", p.SHA, p.By.Login))
	}
	if d.Discover {
		parts = append(parts, "discover")
	}
	if c := d.News.Check; c != nil {
		parts = append(parts, fmt.Sprintf("%s %s %s %s", c.Kind, c.Name, c.Status, c.Conclusion))
	}
	return strings.TrimSpace(strings.Join(parts, "; "))
}

func scopeText(s pull.Scope) string {
	var text string
	switch {
	case s.Number != 0:
		text = fmt.Sprintf("%d#%d", s.Repo, s.Number)
	case s.Head != "":
		text = fmt.Sprintf("%d@%.7s", s.Repo, s.Head)
	case s.Branch != "":
		text = fmt.Sprintf("%d into %s", s.Repo, s.Branch)
	case s.Repo != 0:
		text = fmt.Sprintf("all of %d", s.Repo)
	case s.RestsOn != "":
		text = "what rests on " + s.RestsOn
	case s.Owner != "":
		text = "all of " + s.Owner
	case s.Installation != 0:
		text = fmt.Sprintf("all of installation %d", s.Installation)
	default:
		text = "EVERYTHING"
	}
	if s.Unhurried {
		text += " unhurried"
	}
	return text
}

// Every example that GitHub publishes is taken, and concerns what it should.
func TestExamples(t *testing.T) {
	want := map[string][]string{
		"branch_protection_rule": {
			"edited; all of 17273051; repo octo-org/octo-repo",
			"created; all of 17273051; repo octo-org/octo-repo",
			"edited; all of 17273051; repo octo-org/octo-repo",
		},
		"check_run": {
			"created; 186853002@ec26c3e; 186853002#2; repo Codertocat/Hello-World; check_run Octocoders-linter queued",
			"completed; 186853002@ec26c3e; 186853002#2; repo Codertocat/Hello-World; check_run Octocoders-linter completed success",
			"created; 186853002@ec26c3e; 186853002#2; repo Codertocat/Hello-World; check_run Octocoders-linter queued",
			"requested_action; 9384267@5bd5f19; 9384267#26764; repo electron/electron; check_run API Review in_progress",
			"rerequested; 526@d6fde92; repo github/hello-world; check_run randscape completed neutral",
		},
		"check_suite": {
			"completed; 186853002@ec26c3e unhurried; 186853002#2 unhurried; repo Codertocat/Hello-World",
			"completed; 186853002@ec26c3e unhurried; 186853002#2 unhurried; repo Codertocat/Hello-World",
			"requested; 186853002@f95f852 unhurried; repo Codertocat/Hello-World",
			"requested; 186853002@f95f852 unhurried; repo Codertocat/Hello-World",
			"rerequested; 186853002@ec26c3e unhurried; 186853002#2 unhurried; repo Codertocat/Hello-World",
		},
		"installation": {
			"deleted; what rests on octocat; gone 1296269",
			"created; what rests on Codertocat; repo Codertocat/Hello-World; discover",
			"new_permissions_accepted; what rests on Codertocat; repo Codertocat/Hello-World; discover",
			"unsuspend; all of installation 16598467; what rests on Codertocat; discover",
		},
		"installation_repositories": {
			"added; repo Codertocat/Space; discover",
			"removed; gone 1296269",
		},
		"issue_comment": {
			"created; repo Codertocat/Hello-World",
			"created; repo Codertocat/Hello-World",
			"created; repo Codertocat/Hello-World",
			"deleted; repo Codertocat/Hello-World",
			"edited; repo Codertocat/Hello-World",
		},
		"member": {
			"added; all of 186853002; repo Codertocat/Hello-World",
			"added; all of 186853002; repo Codertocat/Hello-World",
		},
		"membership": {
			"removed; all of Octocoders; what rests on Octocoders",
			"removed; all of Octocoders; what rests on Octocoders",
			"removed; all of Octocoders; what rests on Octocoders",
		},
		"merge_group": {
			"checks_requested; 17273051#104; repo octo-org/octo-repo",
		},
		"organization": {
			"member_added; all of Octocoders; what rests on Octocoders",
			"member_added; all of Octocoders; what rests on Octocoders",
			"renamed; all of Octocoders; what rests on Octocoders",
		},
		"ping": {
			"; repo Octocoders/Hello-World",
			"; repo Octocoders/Hello-World",
		},
		"pull_request": {
			"opened; 186853002#2; repo Codertocat/Hello-World",
			"assigned; 186853002#2 unhurried; repo Codertocat/Hello-World",
			"closed; 186853002#2; repo Codertocat/Hello-World",
			"converted_to_draft; 186853002#2; repo Codertocat/Hello-World",
			"labeled; 186853002#2; repo Codertocat/Hello-World",
			"locked; 186853002#2 unhurried; repo Codertocat/Hello-World",
			"opened; 186853002#2; repo Codertocat/Hello-World",
			"opened; 186853002#2; repo Codertocat/Hello-World",
			"ready_for_review; 186853002#2; repo Codertocat/Hello-World",
			"reopened; 186853002#2; repo Codertocat/Hello-World",
			"review_request_removed; 186853002#2 unhurried; repo Codertocat/Hello-World",
			"synchronize; 186853002#2; repo Codertocat/Hello-World; ec26c3e pushed by Codertocat",
			"unassigned; 186853002#2 unhurried; repo Codertocat/Hello-World",
			"unlabeled; 186853002#2; repo Codertocat/Hello-World",
			"unlocked; 186853002#2 unhurried; repo Codertocat/Hello-World",
		},
		"pull_request_review": {
			"submitted; 186853002#2; repo Codertocat/Hello-World",
			"submitted; 186853002#2; repo Codertocat/Hello-World",
		},
		"pull_request_review_comment": {
			"created; 186853002#2 unhurried; repo Codertocat/Hello-World",
			"created; 186853002#2 unhurried; repo Codertocat/Hello-World",
			"created; 186853002#2 unhurried; repo Codertocat/Hello-World",
			"deleted; 186853002#2 unhurried; repo Codertocat/Hello-World",
			"edited; 186853002#2 unhurried; repo Codertocat/Hello-World",
		},
		"push": {
			"; what rests on Codertocat/Hello-World; repo Codertocat/Hello-World",
			"; what rests on Codertocat/Hello-World; repo Codertocat/Hello-World",
			"; 186853002 into master unhurried; what rests on Codertocat/Hello-World unhurried; repo Codertocat/Hello-World; 6113728 pushed by Codertocat",
			"; what rests on Codertocat/Hello-World; repo Codertocat/Hello-World",
		},
		"repository": {
			"publicized; all of 186853002; repo Codertocat/Hello-World; discover",
			"created; all of 186853261; repo Octocoders/Hello-World",
			"edited; all of 186853261; repo Octocoders/Hello-World",
			"privatized; all of 186853002; repo Octocoders/Hello-World; discover",
			"publicized; all of 186853002; repo Octocoders/Hello-World; discover",
			"transferred; all of 186853261; repo Octocoders/Hello-World; discover",
			"transferred; all of 186853261; repo Octocoders/Hello-World; discover",
		},
		"status": {
			"; 186853002@6113728; repo Codertocat/Hello-World; status default completed success",
			"; 186853002@6113728; repo Codertocat/Hello-World; status default completed success",
		},
		"team": {
			"added_to_repository; all of 186853261; repo Octocoders/Hello-World",
			"created; all of Octocoders; what rests on Octocoders",
			"edited; all of Octocoders; what rests on Octocoders",
		},
		"workflow_run": {
			"completed; 283462325@5779607 unhurried; repo Codertocat/Hello-World",
			"completed; 300029405@3484a3f unhurried; repo octo-org/octo-repo",
			"requested; 300029405@3484a3f unhurried; repo octo-org/octo-repo",
		},
	}
	files, err := os.ReadDir(filepath.Join("testdata", "webhooks"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		event := strings.TrimSuffix(file.Name(), ".json.gz")
		m := &memory{}
		s := newServer(t, config(m))
		var got []string
		for i, body := range examples(t, event) {
			if w := serve(s, deliver(event, fmt.Sprint(i), string(body))); w.Code != 202 || !strings.Contains(w.Body.String(), "accepted") {
				t.Errorf("%s %d: got %d %s, want 202 accepted", event, i, w.Code, w.Body)
			}
		}
		for _, d := range m.deliveries {
			got = append(got, outline(d))
		}
		if diff := cmp.Diff(want[event], got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", event, diff)
		}
	}
}
