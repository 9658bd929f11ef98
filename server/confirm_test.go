package server

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

const shownMerge = "cccccccccccccccccccccccccccccccccccccccc"

// owing is a pull request whose Duo gate waits for the login.
func owing(login string) pull.Record {
	rec := waitingRecord()
	rec.State, rec.MergeSHA = string(pull.Open), shownMerge
	rec.Request.State, rec.Request.Test = pull.Open, pull.TestMerge{State: pull.Clean, SHA: shownMerge}
	rec.Verdicts = []pull.Verdict{{Gate: pull.GateDuo, State: pull.Block, Reasons: []pull.Reason{{Code: "duo-no-device", State: pull.Block,
		Message: "No device.", Evidence: map[string]string{"account": login, "role": "author"}}}}}
	return rec
}

// confirming is a site where wishes are only written down.
func confirming(t *testing.T, owes string) (*browser, *[]pull.Wish) {
	b, _, wishes := confirmingAt(t, owes)
	return b, wishes
}

func confirmingAt(t *testing.T, owes string) (*browser, *fakeGitHub, *[]pull.Wish) {
	g := newFakeGitHub(t)
	g.repos["acme/infra"] = 7
	var wishes []pull.Wish
	b := newBrowser(t, site(t, g, guarded(owing(owes)), func(c *Config) {
		c.Factors, c.Freezes = []pull.Factor{pull.FactorPush, pull.FactorPasscode}, &ice{}
		c.Confirm = func(_ context.Context, w pull.Wish) (pull.Confirmation, error) {
			wishes = append(wishes, w)
			return pull.Confirmation{State: pull.PromptAllowed}, nil
		}
	}))
	b.signIn(g)
	return b, g, &wishes
}

func (b *browser) submit(path string, form url.Values, headers ...string) int {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodPost, b.site+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func TestWhoeverMustConfirmIsOfferedAForm(t *testing.T) {
	b, wishes := confirming(t, "ana")
	if _, text := b.open("/acme/infra/pull/3"); !strings.Contains(text, `action="/acme/infra/pull/3/confirm"`) || !strings.Contains(text, shownMerge) {
		t.Errorf("the page has no form for them: %s", text)
	}
	form := url.Values{"factor": {"passcode"}, "passcode": {" 123456 "}, "merge": {shownMerge}}
	if code := b.submit("/acme/infra/pull/3/confirm", form); code != http.StatusSeeOther {
		t.Errorf("got %d, want to be sent back", code)
	}
	if len(*wishes) != 1 || (*wishes)[0].Login != "ana" || (*wishes)[0].Passcode.Reveal() != "123456" || (*wishes)[0].Merge != shownMerge {
		t.Errorf("wishes: %+v", *wishes)
	}
	for _, bad := range []url.Values{
		{"factor": {"passcode"}, "passcode": {"12"}, "merge": {shownMerge}},
		{"factor": {"phone"}, "merge": {shownMerge}}, // not offered here
		{"factor": {"passcode"}, "passcode": {"123456"}, "merge": {"x"}},
	} {
		if code := b.submit("/acme/infra/pull/3/confirm", bad); code != http.StatusConflict {
			t.Errorf("%v: got %d, want 409", bad, code)
		}
	}
	if len(*wishes) != 1 {
		t.Errorf("%d wishes reached Duo, want 1", len(*wishes))
	}
}

// Trouble with GitHub is not taken for a page that is not there.
func TestAFormSaysWhenGitHubCannotBeAsked(t *testing.T) {
	for status, want := range map[int64]int{502: http.StatusServiceUnavailable, 401: http.StatusUnauthorized, 404: http.StatusNotFound} {
		b, g, wishes := confirmingAt(t, "ana")
		g.status.Store(status)
		if code := b.submit("/acme/infra/pull/3/confirm", url.Values{"factor": {"push"}, "merge": {shownMerge}}); code != want {
			t.Errorf("GitHub says %d: got %d, want %d", status, code, want)
		}
		if len(*wishes) != 0 {
			t.Errorf("GitHub says %d: asked %+v", status, *wishes)
		}
	}
}

// The form is what is next, so it is where what is next is said, and offers nothing that cannot work.
func TestTheFormIsWhatIsNext(t *testing.T) {
	all := []pull.Factor{pull.FactorPush, pull.FactorPhone, pull.FactorPasscode}
	for _, tc := range []struct {
		code, next string
		factors    []pull.Factor
		want       string
		push       bool
	}{
		{"duo-no-device", "Activate Duo Mobile.", all, "Confirm below by a passcode or a phone call. Or: Activate Duo Mobile.", false},
		{"duo-passcode-wrong", "Press “Send Duo push again”", all, "Confirm below by a passcode, a phone call or another push", true},
		{"duo-denied", "Find out why before asking again", all, "Find out why before asking again", true},
		{"duo-no-device", "Activate Duo Mobile.", all[:1], "Activate Duo Mobile.", false},
	} {
		rec := owing("ana")
		rec.Verdicts[0].Reasons[0].Code, rec.Verdicts[0].Reasons[0].Next = tc.code, tc.next
		c := config(guarded(rec))
		c.Factors, c.Confirm = tc.factors, func(context.Context, pull.Wish) (pull.Confirmation, error) { return pull.Confirmation{}, nil }
		view, ok, err := newServer(t, c).lookAt(t.Context(), viewer{Login: "ana"}, address{owner: "acme", repo: "infra", number: 3})
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		page, _, err := loadPages().content("pull", view)
		if err != nil {
			t.Fatal(err)
		}
		if view.Top.Next != tc.want || strings.Contains(string(page), "Send a push again") != tc.push {
			t.Errorf("%s: next %q, a push is offered: %t; want %q, %t", tc.code, view.Top.Next, !tc.push, tc.want, tc.push)
		}
		form, way := strings.Index(string(page), `id="offer"`), strings.Index(string(page), `id="way"`)
		if offered := len(tc.factors) > 1; offered != (form >= 0) || form > way {
			t.Errorf("%s: the form is at %d, the way to landing at %d", tc.code, form, way)
		}
	}
}

// The stylesheet finds fields by their type.
func TestThePasscodeIsAFieldAsOthersAre(t *testing.T) {
	b, _ := confirming(t, "ana")
	if _, text := b.open("/acme/infra/pull/3"); !strings.Contains(text, `<input type="text" name="passcode"`) {
		t.Error("the field has no type")
	}
}

func TestOthersAreOfferedNothing(t *testing.T) {
	b, _ := confirming(t, "somebody-else")
	if _, text := b.open("/acme/infra/pull/3"); strings.Contains(text, "/confirm") {
		t.Error("the page offers a form to somebody who is not asked")
	}
}

// Another site's form must not ring phones in the viewer's name, nor spend their passcodes.
func TestThreat67AFormOfAnotherSiteConfirmsNothing(t *testing.T) {
	b, wishes := confirming(t, "ana")
	form := url.Values{"factor": {"push"}, "merge": {shownMerge}}
	for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
		if code := b.submit("/acme/infra/pull/3/confirm", form, headers...); code != http.StatusForbidden {
			t.Errorf("%v: got %d, want 403", headers, code)
		}
	}
	if len(*wishes) != 0 {
		t.Errorf("followed: %+v", *wishes)
	}
	if got := strings.Join([]string{pull.Passcode("123456").String(), string(must(pull.Passcode("123456").MarshalText()))}, ""); strings.Contains(got, "123456") {
		t.Errorf("a passcode shows: %s", got)
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// Nobody but whose phone asks for it sees the code of a verified push, wherever they look.
func TestThreat51TheCodeIsForWhomThePhoneAsks(t *testing.T) {
	for owner, want := range map[string]bool{"ana": true, "eve": false} { // ana looks
		g := newFakeGitHub(t)
		g.repos["acme/infra"] = 7
		b := newBrowser(t, site(t, g, guarded(owing("ana")), func(c *Config) {
			c.Codes = func(_ context.Context, k pull.Key, login string) (string, error) {
				if login == owner && k == owing("ana").Key {
					return "271828", nil
				}
				return "", nil
			}
		}))
		b.signIn(g)
		if _, page := b.open("/acme/infra/pull/3"); strings.Contains(page, "271828") != want || strings.Contains(page, "Type this into Duo Mobile") != want {
			t.Errorf("the code of %s: shown to ana %t, want %t", owner, !want, want)
		}
	}
	c := config(guarded(owing("ana")))
	c.OpenPages = true
	c.Codes = func(context.Context, pull.Key, string) (string, error) { return "271828", nil }
	if w := get(newServer(t, c), "/acme/infra/pull/3"); strings.Contains(w.Body.String(), "271828") {
		t.Error("pages that are open to all show it")
	}
}
