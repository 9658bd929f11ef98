package duobot

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

func TestCleanInfo(t *testing.T) {
	for _, test := range []struct{ name, info, want, wrong string }{
		{"nothing", "", "", ""},
		{"as duo-bot's callers wrote it", "Application=Github Enterprise&repository=acme/jobs", "Application=Github+Enterprise&repository=acme%2Fjobs", ""},
		{"escaped", "a%20b=c%26d", "a+b=c%26d", ""},
		{"broken escapes are text", "a=50%", "a=50%25", ""},
		{"controls and bidirectional marks", "a=x%E2%80%AE%07%0Ay", "a=x+y", ""},
		{"letters that only look like ours", "\u041aey2=x", "ey2=x", ""},
		{"our line", "Key=x", "", "Sallyport's own"},
		{"our line, dressed up", "%20k.E_y%20=x", "", "Sallyport's own"},
		{"our line behind an invisible letter", "K%E2%80%8Bey=x", "", "Sallyport's own"},
		{"our other line", "Requested-By=x", "", "Sallyport's own"},
		{"no name", "=x", "", "no name"},
		{"only strange letters", "\u041a=x", "", "no name"},
		{"too many lines", strings.Repeat("a=b&", 17), "", "more than 16 lines"},
	} {
		got, err := CleanInfo(test.info)
		if got != test.want || (err == nil) != (test.wrong == "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
			t.Errorf("%s: got %q, %v; want %q, %q", test.name, got, err, test.want, test.wrong)
		}
	}
	long, err := CleanInfo(strings.Repeat("a", 500) + "=" + strings.Repeat("b", 5000))
	if err != nil || len(long) > 40+200+20 {
		t.Errorf("a long line: got %d bytes, %v", len(long), err)
	}
}

// A value that nobody set, whichever it is, must never confirm.
func TestThreat52ZeroNeverConfirms(t *testing.T) {
	now := time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)
	whole := pull.Confirmation{ID: 1, Keyed: pull.Keyed{Key: "k"}, State: pull.PromptAllowed, EndedAt: now, DuoUser: "dev"}
	with := func(change func(*pull.Confirmation)) pull.Confirmation {
		c := whole
		change(&c)
		return c
	}
	for _, test := range []struct {
		name   string
		prompt pull.Confirmation
		user   string
		key    string
		now    time.Time
		code   string
	}{
		{"whole", whole, "", "k", now, "confirmed"},
		{"whole, for the person", whole, "DEV", "k", now.Add(9 * time.Minute), "confirmed"},
		{"nothing", pull.Confirmation{}, "", "", time.Time{}, "no-record"},
		{"no prompt", pull.Confirmation{}, "", "k", now, "no-record"},
		{"no state", with(func(c *pull.Confirmation) { c.State = pull.PromptUnknown }), "", "k", now, "duo-outcome-unknown"},
		{"no key", with(func(c *pull.Confirmation) { c.Keyed.Key = "" }), "", "", now, "no-record"},
		{"another key", with(func(c *pull.Confirmation) { c.Keyed.Key = "other" }), "", "k", now, "no-record"},
		{"no end", with(func(c *pull.Confirmation) { c.EndedAt = time.Time{} }), "", "k", now, "expired"},
		{"an end to come", with(func(c *pull.Confirmation) { c.EndedAt = now.Add(2 * time.Minute) }), "", "k", now, "expired"},
		{"no person", with(func(c *pull.Confirmation) { c.DuoUser = "" }), "dev", "k", now, "other-user"},
		{"the last instant has passed", whole, "", "k", now.Add(10 * time.Minute), "expired"},
		{"a state to come", with(func(c *pull.Confirmation) { c.State = "certainly" }), "", "k", now, "duo-outcome-unknown"},
	} {
		got := JudgeKeyed(KeyedCase{Query: pull.KeyQuery{Key: test.key}, User: test.user, Prompt: test.prompt, Now: test.now, Validity: 10 * time.Minute})
		if got.Code != test.code || got.Valid != (test.code == "confirmed") {
			t.Errorf("%s: got %s (valid %v), want %s", test.name, got.Code, got.Valid, test.code)
		}
	}
	if got := OfKeyed(pull.Confirmation{}); got.Valid || got.Code != "duo-outcome-unknown" {
		t.Errorf("a prompt that nobody set: %+v", got)
	}
	if (pull.KeyAnswer{}).Valid {
		t.Error("an answer that nobody set confirms")
	}
}

// A denial is the sign of a stolen session; a passcode that was mistyped is none.
func TestAWrongPasscodeIsNoDenial(t *testing.T) {
	for factor, code := range map[pull.Factor]string{
		pull.FactorPasscode: "duo-passcode-wrong", pull.FactorPush: "duo-denied", pull.FactorPhone: "duo-denied", "": "duo-denied",
	} {
		got := OfKeyed(pull.Confirmation{ID: 1, Keyed: pull.Keyed{Key: "k", Factor: factor}, State: pull.PromptDenied, Person: "Ana"})
		if got.Code != code || got.Valid || strings.Contains(got.Message, "denied") != (code == "duo-denied") || strings.Contains(got.Next, "stolen") != (code == "duo-denied") {
			t.Errorf("by %q: got %s, %q, next %q; want %s", factor, got.Code, got.Message, got.Next, code)
		}
	}
}
