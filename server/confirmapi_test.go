package server

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// knowing tells who is who as the people file does: ana's Duo name is ana.admin.
type knowing struct{ yes }

func (knowing) MayAskAbout(by pull.Holder, user string) bool {
	return slices.Contains(by.Users, user) || user == "github:ana" && slices.Contains(by.Users, "ana.admin")
}

const confirmPath = "/api/v1/pulls/acme/infra/3/confirm"

// confirmingAPI answers every wish for ana that can be read with refused, or with an allowance.
func confirmingAPI(t *testing.T, refused error, users ...string) func(body string) *httptest.ResponseRecorder {
	c := config(guarded(owing("ana")))
	c.Keys, c.Factors = knowing{}, []pull.Factor{pull.FactorPush, pull.FactorPasscode}
	c.Confirm = func(context.Context, pull.Wish) (pull.Confirmation, error) {
		return pull.Confirmation{State: pull.PromptAllowed}, refused
	}
	c.Tokens = func(string) (pull.Holder, bool) {
		return pull.Holder{Name: "pipeline", Scopes: []string{"push"}, Users: users}, true
	}
	s := newServer(t, c)
	return func(body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", confirmPath, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer t")
		return serve(s, r)
	}
}

func TestEveryRefusalToConfirmIsAsTheDocsSay(t *testing.T) {
	const good = `{"login":"ana","factor":"push","merge":"` + shownMerge + `"}`
	notReady := &pull.Refusal{Reason: pull.Reason{Code: "not-ready", Message: "It is not ready.", Next: "Wait."}}
	for _, tc := range []struct {
		name, body string
		refused    error
		status     int
		code       string
	}{
		{"that it cannot be now", good, notReady, 409, "not-ready"},
		{"of a factor that is left out", `{"login":"ana"}`, nil, 400, "duo-factor"},
		{"of a passcode that is none", `{"login":"ana","factor":"passcode","passcode":"12","merge":"` + shownMerge + `"}`, nil, 400, "duo-passcode"},
		{"of a merge that is none", `{"login":"ana","factor":"push","merge":"x"}`, nil, 400, "duo-merge"},
		{"of text behind the JSON", good + " garbage", nil, 400, ""},
		{"of a misspelt key", strings.Replace(good, "factor", "facter", 1), nil, 400, ""},
		{"of a body too long", good + strings.Repeat(" ", maxWish), nil, 413, ""},
	} {
		w := confirmingAPI(t, tc.refused)(tc.body)
		var said map[string]string
		if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil {
			t.Fatal(err)
		}
		if w.Code != tc.status || said["error"] == "" || said["next"] == "" || said["code"] != tc.code {
			t.Errorf("%s: got %d %s, want %d, %q, and an error with the next step", tc.name, w.Code, w.Body, tc.status, tc.code)
		}
		if strings.ContainsAny(said["next"], "[]") {
			t.Errorf("%s: the next step is not for people: %s", tc.name, said["next"])
		}
	}
}

// A token is for people, by whatever name it and the caller call them.
func TestATokenForSomebodyConfirmsForThemByEveryName(t *testing.T) {
	const wish = `{"login":"ana","factor":"push","merge":"` + shownMerge + `"}`
	for users, want := range map[string]int{"": 200, "github:ana": 200, "ana.admin": 200, "github:bo": 403, "bo.admin": 403} {
		var whom []string
		if users != "" {
			whom = []string{users}
		}
		if w := confirmingAPI(t, nil, whom...)(wish); w.Code != want {
			t.Errorf("a token for %q: got %d %s, want %d", users, w.Code, w.Body, want)
		}
	}
}
