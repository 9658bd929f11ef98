package command

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// filled reads the address as GitHub's page would.
func filled(t *testing.T, r registration) (*url.URL, url.Values) {
	t.Helper()
	address, _, err := r.address()
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u, u.Query()
}

func TestTheFormIsFilledIn(t *testing.T) {
	u, q := filled(t, registration{organization: "acme", public: "https://sallyport.acme.example/", web: "https://github.acme.example", with: []string{"merge_queues"}})
	if got, want := u.Host+u.Path, "github.acme.example/organizations/acme/settings/apps/new"; got != want {
		t.Errorf("the form is at %s, want %s", got, want)
	}
	for key, want := range map[string]string{
		"name": "Sallyport acme", "public": "false", "webhook_active": "true", "webhook_url": "https://sallyport.acme.example/api/github/hook",
		"callback_urls[]": "https://sallyport.acme.example/api/github/auth", "contents": "write", "administration": "read", "merge_queues": "write",
		"workflows": "", "actions": "",
	} {
		if got := q.Get(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if events := q["events[]"]; !slices.Contains(events, "merge_group") || slices.Contains(events, "workflow_run") || !slices.Contains(events, "repository_ruleset") {
		t.Errorf("events are %v", events)
	}
}

func TestTheFormOfAPerson(t *testing.T) {
	u, q := filled(t, registration{public: "https://s.example", web: "https://github.com"})
	if u.Path != "/settings/apps/new" || q.Get("name") != "Sallyport" {
		t.Errorf("got %s, %q", u.Path, q.Get("name"))
	}
}

func TestTheFormIsRefused(t *testing.T) {
	for want, r := range map[string]registration{
		`--public-url is ""`:                   {web: "https://github.com"},
		`--web-url is "github.com"`:            {public: "https://s.example", web: "github.com"},
		"--with contents: it may name actions": {public: "https://s.example", web: "https://github.com", with: []string{"contents"}},
	} {
		if _, _, err := r.address(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
