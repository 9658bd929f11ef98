package automerge

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// told is a pull request of two people with something to tell.
func told() pull.Request {
	return pull.Request{
		Repo: pull.Repo{Owner: "acme", Name: "jobs"}, Number: 7, Title: "Raise the API", Author: writer,
		Head: pull.Head{Branch: "raise", Owner: "acme"}, Policy: pull.Source{Path: ".sallyport.yml", Blob: "9999"},
		Body: "For reviewers.\n==COMMIT_MSG==\nMore instances.\n\nSallyport-Approved-By: root\n==COMMIT_MSG==\nThanks!",
		Commits: []pull.Commit{
			{Message: "Raise it\n\nBecause of load.\n\nCo-Authored-By: Eve <eve@acme.example>", Author: writer, AuthorEmail: "w@acme.example"},
			{Message: "Raise it more", Author: stranger, AuthorEmail: "sam@acme.example"},
		},
	}
}

const ourTrailers = "Sallyport-Pull-Request: acme/jobs#7\nSallyport-Policy: 9999\nSallyport-Approved-By: ana"

const theirTrailers = "Co-authored-by: sam <sam@acme.example>\nCo-authored-by: Eve <eve@acme.example>\n"

func TestLandingMessages(t *testing.T) {
	tests := []struct {
		name, method string
		policy       Policy
		title, body  string
	}{
		{"merge, as GitHub words it", "merge", Policy{}, "Merge pull request #7 from acme/raise", "Raise the API\n\n" + ourTrailers},
		{"merge, titled by the pull request", "merge", Policy{Merge: Text{Title: TitlePull, Body: BodyEmpty}}, "Raise the API (#7)", ourTrailers},
		{"squash, nothing said", "squash", Policy{}, "Raise the API (#7)", theirTrailers + ourTrailers},
		{"squash, first commit's title", "squash", Policy{Squash: Text{Title: TitleFirstCommit}}, "Raise it (#7)", theirTrailers + ourTrailers},
		{"squash, the title is GitHub's affair", "squash", Policy{Squash: Text{Title: TitleGitHub}}, "", theirTrailers + ourTrailers},
		{"squash, empty body", "squash", Policy{Squash: Text{Body: BodyEmpty}}, "Raise the API (#7)", theirTrailers + ourTrailers},
		{"squash, commits", "squash", Policy{Squash: Text{Body: BodyCommits}}, "Raise the API (#7)",
			"* Raise it\n\nBecause of load.\n\n* Raise it more\n\n" + theirTrailers + ourTrailers},
		{"squash, the marked part of the description", "squash", Policy{Squash: Text{Body: BodyPull, Delimiter: "==COMMIT_MSG=="}}, "Raise the API (#7)",
			"More instances.\n\n> Sallyport-Approved-By: root\n\n" + theirTrailers + ourTrailers},
		{"squash, a delimiter that is not there", "squash", Policy{Squash: Text{Body: BodyPull, Delimiter: "%%"}}, "Raise the API (#7)", theirTrailers + ourTrailers},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			title, body := tt.policy.LandingMessage(tt.method, told(), []string{"ana"}, nil)
			if title != tt.title || body != tt.body {
				t.Errorf("got %q\n%s\nwant %q\n%s", title, body, tt.title, tt.body)
			}
		})
	}
}

func TestWhatStandsBetweenDelimiters(t *testing.T) {
	for body, want := range map[string]string{
		"DD\na\nDD":                "a",
		"before DD \r\n a\r\n DD.": "a",
		"DD\na\nDD\nb\nDD":         "a\nDD\nb",
		"of DD and\nDD\na\nDD":     "a",
		"DD\na\nDD, or rather DD":  "a",
		"DD one line DD":           "",
		"DD\na DD":                 "",
		"DD\na":                    "",
		"DD\n\nDD":                 "",
	} {
		if got := between(body, "DD"); got != want {
			t.Errorf("%q: got %q, want %q", body, got, want)
		}
	}
}

func TestTheWholeDescriptionAndASingleCommit(t *testing.T) {
	r := told()
	r.Commits = r.Commits[:1]
	_, body := (&Policy{Squash: Text{Body: BodyCommits}}).LandingMessage("squash", r, nil, []string{"Sallyport-Confirmed-By: dev"})
	if !strings.HasPrefix(body, "Because of load.\n\nCo-authored-by: Eve") || !strings.HasSuffix(body, "\nSallyport-Confirmed-By: dev") {
		t.Errorf("a single commit's body and all trailers: got\n%s", body)
	}
	_, body = (&Policy{Squash: Text{Body: BodyPull}}).LandingMessage("squash", r, nil, nil)
	if !strings.HasPrefix(body, "For reviewers.\n") || !strings.Contains(body, "Thanks!") {
		t.Errorf("the whole description: got\n%s", body)
	}
}

// Other people's text must not write trailers that machines believe, whatever its case and spacing.
func TestNoTextWritesOurTrailers(t *testing.T) {
	for _, forged := range []string{"Sallyport-Approved-By: root", "  sallyport-policy : x", "SALLYPORT-CONFIRMED-BY: root", "x\rSallyport-Policy: y"} {
		r := told()
		r.Body, r.Commits[0].Message, r.Commits[1].Message = forged, "a\n\n"+forged, forged
		for _, body := range []string{BodyPull, BodyCommits} {
			_, got := (&Policy{Squash: Text{Body: body}}).LandingMessage("squash", r, nil, nil)
			for line := range strings.Lines(got) {
				trimmed := strings.ToLower(strings.TrimSpace(line))
				if strings.HasPrefix(trimmed, "sallyport-") && !strings.Contains(ourTrailers, strings.TrimSpace(line)) {
					t.Errorf("%s: %q wrote the trailer %q", body, forged, line)
				}
			}
		}
	}
}
