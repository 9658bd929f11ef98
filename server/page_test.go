package server

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

func openServer(t testing.TB, m *memory) *Server {
	c := config(m)
	c.OpenPages = true
	c.Now = func() time.Time { return testNow }
	return newServer(t, c)
}

// hostile is a record in which everything that somebody else may write is an attack.
func hostile() pull.Record {
	const attack = `<script>alert(1)</script><img src=x onerror=alert(1)>"'` + "\u202e"
	rec := waitingRecord()
	rec.Request.Title, rec.Request.Author.Login = attack, attack
	rec.Request.Head.Branch, rec.Request.Base.Branch = attack, attack
	rec.Request.URL = "javascript:alert(1)"
	rec.Request.Files = []pull.File{{Path: attack, NewMode: pull.Regular}}
	rec.Next, rec.Error = attack, attack
	for i := range rec.Verdicts {
		for j := range rec.Verdicts[i].Reasons {
			r := &rec.Verdicts[i].Reasons[j]
			r.Message, r.Next, r.Code = attack, attack, attack
			r.Evidence = map[string]string{attack: attack}
		}
		rec.Verdicts[i].Buttons = []pull.Button{{Label: attack}}
	}
	return rec
}

func TestThreat69NothingWrittenByOthersRuns(t *testing.T) {
	m := guarded(hostile())
	m.turns = []pull.Turn{{Repo: 7, Branch: hostile().Request.Base.Branch, Number: 3, Holds: true}}
	m.timeline = []pull.Entry{
		{Kind: "freeze", At: testNow, Body: pull.Freeze{Reason: hostile().Next, By: pull.Account{Login: hostile().Next}}},
		{Kind: hostile().Next, At: testNow, Body: map[string]any{"state": hostile().Next}},
		{Kind: "answer", At: testNow, Body: pull.Confirmation{Detail: hostile().Next, Person: hostile().Next}},
	}
	s := openServer(t, m)
	for _, path := range []string{"/", "/acme/infra/pull/3"} {
		w := get(s, path)
		text := w.Body.String()
		if w.Code != 200 || !strings.Contains(text, "&lt;script&gt;") {
			t.Fatalf("%s: got %d, want a page that shows the attack", path, w.Code)
		}
		for _, bad := range []string{"<script>alert", "<img", "onerror=alert(1)>\"", "javascript:", "\u202e"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s: the page holds %q", path, bad)
			}
		}
		if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self'") {
			t.Errorf("%s: policy %q lets foreign scripts run", path, policy)
		}
	}
}

// The policy forbids inline style and script, so the pages must have none, or they would silently look broken.
func TestPagesHaveNothingInline(t *testing.T) {
	s := openServer(t, guarded(waitingRecord()))
	for _, path := range []string{"/", "/acme/infra/pull/3", "/nothing"} {
		text := get(s, path).Body.String()
		for _, bad := range []string{"style=", "<style", "onclick", "onload", "http-equiv"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s: the page holds %q", path, bad)
			}
		}
	}
}

func TestPullPageSays(t *testing.T) {
	rec := waitingRecord()
	m := guarded(rec)
	m.turns = []pull.Turn{{Repo: 7, Branch: "main", Number: 3, Holds: true}}
	c := config(m)
	c.OpenPages = true
	c.Now = func() time.Time { return testNow }
	c.Governing = func(r pull.Request) []Governed {
		return []Governed{{"production needs an admin", r.Files}}
	}
	text := get(newServer(t, c), "/acme/infra/pull/3").Body.String()
	for _, want := range []string{
		"Waiting for 1 approval from an admin: bo.", "Ask bo to review acme/infra#3.", "ana wrote this.",
		"production needs an admin", "prod/web.nomad", shaB[:10], shaH[:10], shaM[:10], "14 March 2026, 09:26:41 UTC",
		"https://github.com/acme/infra/pull/3", "https://github.com/acme/infra/commit/" + shaM, "this one’s turn",
		"Approval", "Duo", "Signatures", "Landing", "Waiting", "Passed",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestHeadline(t *testing.T) {
	verdict := func(g pull.Gate, s pull.State, code string) pull.Verdict {
		return pull.Verdict{Gate: g, State: s, Reasons: []pull.Reason{{Code: code, State: s, Message: code, Next: "after " + code}}}
	}
	for _, tc := range []struct {
		name     string
		state    string
		verdicts []pull.Verdict
		want     summary
	}{
		{"waits", "open", []pull.Verdict{verdict("duo", pull.Wait, "phone"), verdict("approval", pull.Wait, "review")},
			summary{"wait", "Waiting", "review", "after review"}},
		{"a block goes first", "open", []pull.Verdict{verdict("approval", pull.Wait, "review"), verdict("duo", pull.Block, "fraud")},
			summary{"block", "Blocked", "fraud", "after fraud"}},
		{"all pass", "open", []pull.Verdict{verdict("approval", pull.Pass, "approved"), verdict("automerge", pull.Pass, "landing")},
			summary{"pass", "Ready", "landing", "after landing"}},
		{"not judged", "open", nil, summary{"block", "Blocked", "Not judged yet.", "The first look at it is under way."}},
		{"landed", "landed", nil, summary{"pass", "Landed", "Landed on main as cafe2222ca.", ""}},
		{"foreign", "foreign", nil, summary{"block", "Merged elsewhere", "Merged into main as cafe2222ca without going through the gates.",
			"Look at who merged it and why; the ledger keeps the evidence."}},
		{"closed", "closed", nil, summary{"plain", "Closed", "Closed without landing.", "Reopen it to have it judged again."}},
	} {
		rec := pull.Record{State: tc.state, Verdicts: tc.verdicts, LandedSHA: shaM}
		rec.Request.Base.Branch = "main"
		if diff := cmp.Diff(tc.want, headline(rec)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

func TestStages(t *testing.T) {
	// What lands it comes last: a setting that somebody has to mend is nothing to wait for, and reviews are asked for all the same.
	for _, tc := range []struct {
		approval, duo, signatures, landing pull.State
		want                               stage
	}{
		{pull.Pass, pull.Pass, pull.Pass, pull.Pass, stageLanding},
		{pull.Wait, pull.Wait, pull.Pass, pull.Pass, stageReview},
		{pull.Pass, pull.Wait, pull.Pass, pull.Pass, stagePhone},
		{pull.Pass, pull.Wait, pull.Wait, pull.Pass, stageSignatures},
		{pull.Wait, pull.Wait, pull.Block, pull.Pass, stageBlocked},
		{pull.Block, pull.Wait, pull.Pass, pull.Pass, stageBlocked},
		{pull.Pass, pull.Pass, pull.Pass, pull.Block, stageBlocked},
		{pull.Pass, pull.Wait, pull.Pass, pull.Block, stageBlocked},
		{pull.Pass, pull.Wait, pull.Pass, pull.Wait, stagePhone},
		{pull.Pass, pull.Pass, pull.Pass, pull.Wait, stageLanding},
		{pull.Wait, pull.Wait, pull.Pass, pull.Block, stageReview},
	} {
		gates := []pull.Verdict{{Gate: pull.GateApproval, State: tc.approval}, {Gate: pull.GateDuo, State: tc.duo}, {Gate: pull.GateSignatures, State: tc.signatures}}
		rec := pull.Record{Verdicts: append(gates, pull.Verdict{Gate: pull.GateAutomerge, State: tc.landing})}
		if got := stageOf(rec); got != tc.want {
			t.Errorf("%v: got %v, want %v", tc, got, tc.want)
		}
		if rec.Verdicts = gates; tc.landing == pull.Pass && stageOf(rec) != tc.want {
			t.Errorf("%v, and nothing known of its landing: got %v, want %v", tc, stageOf(rec), tc.want)
		}
	}
	if got := stageOf(pull.Record{}); got != stageBlocked {
		t.Errorf("nothing judged: got %v, want blocked", got)
	}
}

func TestTimelineTells(t *testing.T) {
	b := pull.Binding{Merge: shaM, Branch: "main"}
	for _, tc := range []struct {
		kind string
		body any
		tone pull.State
		text string
	}{
		{"verdict", waitingRecord(), pull.Wait, "Waiting for 1 approval from an admin: bo."},
		{"verdict", map[string]any{"state": "landed", "branch": "main", "landed": shaM}, pull.Pass, "Landed on main as cafe2222ca."},
		{"verdict", map[string]any{"state": "closed"}, pull.Wait, "Closed without landing."},
		{"verdict", map[string]any{"verdicts": nil}, pull.Block, "Not judged yet."},
		{"prompt", pull.Confirmation{Binding: b, Account: ana, State: pull.PromptIntended}, pull.Wait, "A Duo push for cafe2222ca goes to ana."},
		{"answer", pull.Confirmation{Binding: b, Account: ana, State: pull.PromptAllowed}, pull.Pass, "ana acknowledged cafe2222ca."},
		{"answer", pull.Confirmation{Binding: b, Account: ana, State: pull.PromptFraud}, pull.Block, "ana reported the push for cafe2222ca as fraudulent."},
		{"answer", pull.Confirmation{Binding: b, Account: ana}, pull.Block, "What became of the push to ana for cafe2222ca is not known."},
		{"prompt", pull.Confirmation{Binding: b, Account: ana, Factor: pull.FactorPhone}, pull.Wait, "Duo calls ana about cafe2222ca."},
		{"prompt", pull.Confirmation{Binding: b, Account: ana, Factor: pull.FactorPasscode}, pull.Wait, "ana enters a passcode for cafe2222ca."},
		{"answer", pull.Confirmation{Binding: b, Account: ana, State: pull.PromptDenied, Factor: pull.FactorPush}, pull.Block, "ana denied cafe2222ca."},
		{"answer", pull.Confirmation{Binding: b, Account: ana, State: pull.PromptDenied, Factor: pull.FactorPasscode}, pull.Block, "Duo did not accept ana’s passcode for cafe2222ca."},
		{"answer", pull.Confirmation{Binding: b, Account: ana, State: pull.PromptUnsent, Factor: pull.FactorPasscode}, pull.Block, "ana’s passcode for cafe2222ca did not reach Duo."},
		{"answer", pull.Confirmation{Binding: b, Account: ana, State: pull.PromptFraud, Factor: pull.FactorPhone}, pull.Block, "ana reported the call for cafe2222ca as fraudulent."},
		{"answer", pull.Confirmation{Binding: b, Account: ana, Factor: pull.FactorPasscode}, pull.Block, "What Duo said of ana’s passcode for cafe2222ca is not known."},
		{"landing", pull.Intent{Binding: b}, pull.Wait, "Landing of cafe2222ca began."},
		{"landed", pull.Intent{Binding: b, Landed: shaH}, pull.Pass, "Landed on main as aaaa1111aa, as agreed to."},
		{"breach", pull.Intent{Binding: b, Landed: shaH}, pull.Block, "What landed (aaaa1111aa) is not what was agreed to."},
		{"foreign_landing", map[string]any{"landed": pull.Landed{SHA: shaH}}, pull.Block, "Merged as aaaa1111aa without going through the gates."},
		{"foreign_landing", map[string]any{"landed": 7}, pull.Block, "Merged as an unknown commit without going through the gates."},
		{"freeze", pull.Freeze{Code: "fraud", By: ana}, pull.Block, "Frozen by ana."},
		{"unfreeze", map[string]any{"freeze": pull.Freeze{Code: "hold"}, "by": ana}, pull.Pass, "The freeze was lifted by ana."},
		{"key", pull.BotKey{Fingerprint: "A1"}, pull.Wait, "From here on key A1 signs."},
		{"key", pull.BotKey{Fingerprint: "A1", Before: "B2", NamedBy: "B2"}, pull.Wait, "From here on key A1 signs."},
		{"key", pull.BotKey{Fingerprint: "A1", Before: "B2"}, pull.Block, "From here on key A1 signs."},
		{"something_new", map[string]any{"x": 1}, pull.Wait, "something new"},
		{"verdict", json.RawMessage(`"not an object"`), pull.Wait, "verdict"},
	} {
		got := tell(pull.Entry{Kind: tc.kind, At: testNow, Body: tc.body})
		if got.Tone != tc.tone || got.Text != tc.text {
			t.Errorf("%s: got %v %q, want %v %q", tc.kind, got.Tone, got.Text, tc.tone, tc.text)
		}
	}
	// The store gives bodies back as raw JSON.
	raw, err := json.Marshal(pull.Freeze{Code: "hold", By: ana})
	if err != nil {
		t.Fatal(err)
	}
	if got := tell(pull.Entry{Kind: "freeze", Body: json.RawMessage(raw)}); got.Text != "Frozen by ana." || got.Detail != "hold" {
		t.Errorf("raw: got %+v", got)
	}
}

// A prompt state that the pages have no sentence for would be told as unknown.
func TestEveryAnswerHasASentence(t *testing.T) {
	for _, state := range []pull.PromptState{
		pull.PromptUnsent, pull.PromptAllowed, pull.PromptDenied, pull.PromptFraud, pull.PromptTimeout, pull.PromptLocked,
		pull.PromptNoDevice, pull.PromptNoUser, pull.PromptRefused, pull.PromptBypassed,
	} {
		if _, text := tellAnswer(body{State: string(state)}); strings.Contains(text, "not known.") {
			t.Errorf("%s: got %q", state, text)
		}
	}
}

func TestFiles(t *testing.T) {
	for want, f := range map[string]pull.File{
		"added":     {NewMode: pull.Regular},
		"removed":   {OldMode: pull.Regular},
		"changed":   {OldMode: pull.Regular, NewMode: pull.Regular},
		"mode":      {OldMode: pull.Regular, NewMode: pull.Executable},
		"symlink":   {OldMode: pull.Regular, NewMode: pull.Symlink},
		"submodule": {NewMode: pull.Submodule},
	} {
		if got := kind(f); got != want {
			t.Errorf("%+v: got %s, want %s", f, got, want)
		}
	}
	rec := waitingRecord()
	rec.Request.Files = make([]pull.File, maxShownFiles+50)
	if got := openServer(t, guarded()).files(rec); got.Hidden != 50 || len(got.Groups[0].Files) != fewFiles || len(got.Groups[0].More) != maxShownFiles-fewFiles {
		t.Errorf("many files: got %d hidden, want 50", got.Hidden)
	}
	rec.Request.Test.State = pull.Conflict
	if got := openServer(t, guarded()).files(rec); got.None == "" || got.Groups != nil {
		t.Errorf("a conflict: got %+v, want a sentence instead of files", got)
	}
}

func TestPageStoreDown(t *testing.T) {
	m := guarded(waitingRecord())
	m.err = errors.New("dial tcp 10.1.2.3:5432: refused")
	for _, path := range []string{"/", "/acme/infra/pull/3"} {
		if w := get(openServer(t, m), path); w.Code != 503 || strings.Contains(w.Body.String(), "10.1.2.3") {
			t.Errorf("%s: got %d, want 503 that says nothing of the inside", path, w.Code)
		}
	}
}

func TestMessagesCanBeDrawn(t *testing.T) {
	all := loadPages()
	for _, m := range []message{notFound, notConfigured, strayCallback, signInRefused, signInFailed, signedOut, cannotAsk, unreadable, broken} {
		w := httptest.NewRecorder()
		all.message(w, 418, m)
		if w.Code != 418 || !strings.Contains(w.Body.String(), "<h1>"+m.Title+"</h1>") {
			t.Errorf("%s: got %d %s", m.Title, w.Code, w.Body)
		}
	}
}

func TestOverviewLeavesOutWhatIsNotGuarded(t *testing.T) {
	rec := waitingRecord()
	rec.State = "ungated"
	if got := group([]pull.Record{rec}, nil); len(got) != 0 {
		t.Errorf("got %+v, want nothing", got)
	}
}

// What is drawn once is shown again only for the same row with the same link: a renamed repository's rows lead to its new name.
func TestRowsAreDrawnOnce(t *testing.T) {
	s := openServer(t, guarded())
	row := pull.Entry{ID: 9, Kind: "verdict", At: testNow, Body: map[string]any{"state": "closed"}}
	first, again, renamed := s.timeline([]pull.Entry{row}, "/acme/infra/pull/3"), s.timeline([]pull.Entry{row}, "/acme/infra/pull/3"), s.timeline([]pull.Entry{row}, "/acme/jobs/pull/3")
	if first[0].HTML == "" || first[0].HTML != again[0].HTML || !strings.Contains(string(first[0].HTML), "Closed without landing.") {
		t.Errorf("got %q, then %q", first[0].HTML, again[0].HTML)
	}
	if got := string(renamed[0].HTML); !strings.Contains(got, `href="/acme/jobs/pull/3/decisions/9"`) || strings.Contains(got, "infra") {
		t.Errorf("after the renaming: got %q", got)
	}
	row.ID = 0
	if got := s.timeline([]pull.Entry{row}, "/acme/infra/pull/3"); got[0].HTML != "" {
		t.Errorf("a row that is not of the ledger yet is remembered: %q", got[0].HTML)
	}
}

func TestEvidenceIsNamedForPeople(t *testing.T) {
	for name, want := range map[string]string{"outstanding": "still missing", "disapproved_by": "disapproved by", "head": "head", "a\u202eb": `a\u202eb`} {
		if got := label(name); got != want {
			t.Errorf("label(%q) = %q, want %q", name, got, want)
		}
	}
}
