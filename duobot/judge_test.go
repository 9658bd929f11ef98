package duobot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/pull"
)

var (
	noon   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ana    = pull.Account{ID: 1, Login: "ana", Kind: pull.User}
	bo     = pull.Account{ID: 2, Login: "bo", Kind: pull.User}
	cy     = pull.Account{ID: 3, Login: "cy", Kind: pull.User}
	nobody = pull.Account{ID: 4, Login: "stranger", Kind: pull.User}
	robot  = pull.Account{ID: 5, Login: "renovate[bot]", Kind: pull.Bot}
	anaToo = pull.Account{ID: 6, Login: "ana-admin", Kind: pull.User}
)

const peopleFile = `
- {name: Ana, github: [ana, ana-admin], duo: ana.k, pgp: [AAAA000000000000000000000000000000000001]}
- {name: Bo, github: [bo], duo: bo.l, pgp: [AAAA000000000000000000000000000000000002]}
- {name: Cy, github: [cy], pgp: [AAAA000000000000000000000000000000000003]}
`

func everybody(t testing.TB) *duobot.People {
	t.Helper()
	people, err := duobot.ParsePeople("people.yml", []byte(peopleFile))
	if err != nil {
		t.Fatal(err)
	}
	return people
}

func sha(c string) string { return strings.Repeat(c, 40) }

// production is ana's pull request, green everywhere else, that ana must confirm.
func production(t testing.TB) duobot.Case {
	r := pull.Request{
		Repo: pull.Repo{ID: 9, Owner: "acme", Name: "deploy", DefaultBranch: "main"}, Number: 7, Author: ana, State: pull.Open,
		Head: pull.Head{SHA: sha("b")}, Base: pull.Base{SHA: sha("a"), Branch: "main"},
		Test:   pull.TestMerge{State: pull.Clean, SHA: sha("e"), Tree: sha("c"), Parents: []string{sha("a"), sha("b")}},
		Policy: pull.Source{Path: ".sallyport.yml", Blob: sha("d")},
		Standing: pull.Standing{Roles: map[int64]pull.Role{
			ana.ID: pull.Write, bo.ID: pull.Admin, cy.ID: pull.Write, nobody.ID: pull.Read,
		}},
		At: noon,
	}
	return duobot.Case{
		Need: duobot.Need{Duo: duobot.Author, Ready: true}, Request: r, People: everybody(t),
		Binding: pull.Binding{Repo: 9, Number: 7, Branch: "main", Base: sha("a"), Head: sha("b"), Tree: sha("c"),
			Merge: sha("e"), Policy: sha("d"), Method: pull.MethodMerge},
	}
}

// prompted is a prompt for the case's own binding, ten minutes ago.
func prompted(c duobot.Case, id int64, who pull.Account, state pull.PromptState) pull.Confirmation {
	duo := map[int64]string{ana.ID: "ana.k", bo.ID: "bo.l", anaToo.ID: "ana.k"}[who.ID]
	return pull.Confirmation{ID: id, Binding: c.Binding, Person: strings.ToUpper(who.Login[:1]) + who.Login[1:], Account: who, DuoUser: duo,
		Role: "author", State: state, Txid: fmt.Sprintf("tx%d", id), AskedAt: noon.Add(-10 * time.Minute), EndedAt: noon.Add(-9 * time.Minute)}
}

func judged(t *testing.T, c duobot.Case, state pull.State, code string) pull.Verdict {
	t.Helper()
	v := duobot.Judge(c)
	if v.State != state || v.Lead().Code != code {
		t.Errorf("got %s %s (%s), want %s %s", v.State, v.Lead().Code, v.Lead().Message, state, code)
	}
	if v.Gate != pull.GateDuo || v.Lead().Message == "" {
		t.Errorf("got gate %q and message %q", v.Gate, v.Lead().Message)
	}
	for _, r := range v.Reasons {
		if strings.Contains(r.Message+r.Next, "%") {
			t.Errorf("unfinished sentence: %q, next %q", r.Message, r.Next)
		}
		if r.State == pull.Block && r.Next == "" {
			t.Errorf("%s blocks without a next step", r.Code)
		}
	}
	return v
}

func TestJudgeStates(t *testing.T) {
	tests := []struct {
		state  pull.PromptState
		want   pull.State
		code   string
		button bool
	}{
		{pull.PromptAllowed, pull.Pass, "confirmed", false},
		{pull.PromptIntended, pull.Wait, "awaiting-phone", false},
		{pull.PromptOpen, pull.Wait, "awaiting-phone", false},
		{pull.PromptDenied, pull.Block, "duo-denied", true},
		{pull.PromptTimeout, pull.Block, "duo-timeout", true},
		{pull.PromptUnknown, pull.Block, "duo-outcome-unknown", true},
		{pull.PromptState("from the future"), pull.Block, "duo-outcome-unknown", true},
		{pull.PromptFraud, pull.Block, "duo-fraud-lifted", true},
		{pull.PromptLocked, pull.Block, "duo-locked-out", false},
		{pull.PromptNoDevice, pull.Block, "duo-no-device", false},
		{pull.PromptNoUser, pull.Block, "duo-unknown-user", false},
		{pull.PromptRefused, pull.Block, "duo-refused", false},
		{pull.PromptBypassed, pull.Block, "duo-bypass", false},
		{pull.PromptUnsent, pull.Block, "duo-misconfigured", true},
	}
	for _, tt := range tests {
		t.Run(tt.code+"/"+string(tt.state), func(t *testing.T) {
			c := production(t)
			c.Confirmations = []pull.Confirmation{prompted(c, 1, ana, tt.state)}
			v := judged(t, c, tt.want, tt.code)
			if got := len(v.Buttons) == 1; got != tt.button {
				t.Errorf("got button %v, want %v", got, tt.button)
			}
			if asks := duobot.Wanted(c); len(asks) != 0 {
				t.Errorf("got %+v; nobody is asked twice unasked", asks)
			}
		})
	}
}

func TestThreat52ZeroPromptConfirmsNothing(t *testing.T) {
	c := production(t)
	zero := pull.Confirmation{Binding: c.Binding, Account: ana, DuoUser: "ana.k"}
	c.Confirmations = []pull.Confirmation{zero}
	judged(t, c, pull.Block, "duo-outcome-unknown")
}

func TestAllowanceWithoutTransactionConfirmsNothing(t *testing.T) {
	c := production(t)
	p := prompted(c, 1, ana, pull.PromptAllowed)
	p.Txid = ""
	c.Confirmations = []pull.Confirmation{p}
	judged(t, c, pull.Block, "duo-outcome-unknown")
}

func TestConfirmedEvidence(t *testing.T) {
	c := production(t)
	c.Confirmations = []pull.Confirmation{prompted(c, 1, ana, pull.PromptAllowed)}
	want := map[string]string{"person": "Ana", "account": "ana", "role": "author", "txid": "tx1", "merge": sha("e"),
		"asked_at": "2026-03-01 11:50:00 UTC", "ended_at": "2026-03-01 11:51:00 UTC"}
	if diff := cmp.Diff(want, duobot.Judge(c).Lead().Evidence); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
}

func TestBeforeAnybodyIsAsked(t *testing.T) {
	tests := []struct {
		name   string
		change func(*duobot.Case)
		state  pull.State
		code   string
	}{
		{"not required", func(c *duobot.Case) { c.Need = duobot.Need{} }, pull.Pass, "duo-not-required"},
		{"a word nobody knows", func(c *duobot.Case) { c.Need.Duo = "everyone" }, pull.Block, "duo-need-unknown"},
		{"no duo configured", func(c *duobot.Case) { c.Need.Unavailable = "no duo section" }, pull.Block, "duo-not-configured"},
		{"other gates", func(c *duobot.Case) { c.Need.Ready = false }, pull.Wait, "awaiting-other-gates"},
		{"ready", func(*duobot.Case) {}, pull.Wait, "awaiting-push"},
		{"conflict", func(c *duobot.Case) { c.Request.Test.State = pull.Conflict }, pull.Wait, "conflict"},
		{"unsettled", func(c *duobot.Case) { c.Request.Test.State = pull.Unsettled }, pull.Wait, "mergeability-unknown"},
		{"no approver yet", func(c *duobot.Case) { c.Need.Duo = duobot.Approver }, pull.Wait, "awaiting-approver"},
		{"author not in the file", func(c *duobot.Case) { c.Request.Author = nobody }, pull.Block, "duo-unmapped"},
		{"author without a phone", func(c *duobot.Case) { c.Request.Author = cy }, pull.Block, "duo-unmapped"},
		{"a ghost", func(c *duobot.Case) { c.Request.Author = pull.Account{} }, pull.Block, "duo-unmapped"},
		{"a ghost with a login", func(c *duobot.Case) { c.Request.Author = pull.Account{Login: "ana"} }, pull.Block, "duo-unmapped"},
		{"no people file", func(c *duobot.Case) { c.People = nil }, pull.Block, "duo-unmapped"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := production(t)
			tt.change(&c)
			v := judged(t, c, tt.state, tt.code)
			if len(v.Buttons) != 0 {
				t.Errorf("got a button for %s", tt.code)
			}
			if asks := duobot.Wanted(c); (len(asks) != 0) != (tt.name == "ready") {
				t.Errorf("got asks %+v", asks)
			}
		})
	}
}

func TestThreat54ConfirmationIsVoidOnceAnythingMoves(t *testing.T) {
	tests := []struct {
		moved string
		move  func(*pull.Binding)
	}{
		{"the base", func(b *pull.Binding) { b.Base = sha("9") }},
		{"the head", func(b *pull.Binding) { b.Head = sha("9") }},
		{"the landing's content", func(b *pull.Binding) { b.Tree = sha("9") }},
		{"the policy", func(b *pull.Binding) { b.Policy = sha("9") }},
		{"the target branch", func(b *pull.Binding) { b.Branch = "release" }},
		{"the merge method", func(b *pull.Binding) { b.Method = pull.MethodSquash }},
	}
	for _, tt := range tests {
		t.Run(tt.moved, func(t *testing.T) {
			c := production(t)
			p := prompted(c, 1, ana, pull.PromptAllowed)
			tt.move(&p.Binding)
			c.Confirmations = []pull.Confirmation{p}
			v := judged(t, c, pull.Wait, "awaiting-push")
			if !v.Has("duo-void") {
				t.Fatalf("got %+v, want duo-void among the reasons", v.Reasons)
			}
			if got := v.Lead().Because[0].Evidence["moved"]; got != tt.moved {
				t.Errorf("got moved %q, want %q", got, tt.moved)
			}
			if asks := duobot.Wanted(c); len(asks) != 1 || asks[0].Request != "" {
				t.Errorf("got %+v, want one new push by itself", asks)
			}
		})
	}
}

func TestThreat54ExactLandingIsBoundToItsCommit(t *testing.T) {
	for method, want := range map[string]string{pull.MethodExact: "awaiting-push", pull.MethodMerge: "confirmed"} {
		c := production(t)
		c.Binding.Method = method
		p := prompted(c, 1, ana, pull.PromptAllowed)
		p.Binding.Merge = sha("9")
		c.Confirmations = []pull.Confirmation{p}
		if got := duobot.Judge(c).Lead().Code; got != want {
			t.Errorf("%s with another merge commit: got %s, want %s", method, got, want)
		}
	}
}

func TestConfirmationOfAnotherPullRequest(t *testing.T) {
	for _, move := range []func(*pull.Binding){
		func(b *pull.Binding) { b.Number = 8 }, func(b *pull.Binding) { b.Repo = 10 },
	} {
		c := production(t)
		p := prompted(c, 1, ana, pull.PromptAllowed)
		move(&p.Binding)
		c.Confirmations = []pull.Confirmation{p}
		if v := judged(t, c, pull.Wait, "awaiting-push"); v.Has("duo-void") {
			t.Error("another pull request's confirmation is told as this one's")
		}
	}
}

func TestThreat55UnknownLandingConfirmsNothing(t *testing.T) {
	for name, blank := range map[string]func(*pull.Binding){
		"base": func(b *pull.Binding) { b.Base = "" }, "head": func(b *pull.Binding) { b.Head = "" },
		"tree": func(b *pull.Binding) { b.Tree = "" }, "merge": func(b *pull.Binding) { b.Merge = "" },
		"policy": func(b *pull.Binding) { b.Policy = "" }, "method": func(b *pull.Binding) { b.Method = "" },
		"branch": func(b *pull.Binding) { b.Branch = "" },
	} {
		t.Run(name, func(t *testing.T) {
			c := production(t)
			blank(&c.Binding)
			c.Confirmations = []pull.Confirmation{prompted(c, 1, ana, pull.PromptAllowed)}
			judged(t, c, pull.Wait, "duo-unbound")
		})
	}
}

func TestThreat55BindingThatIsNotTheSnapshots(t *testing.T) {
	for name, move := range map[string]func(*duobot.Case){
		"base":   func(c *duobot.Case) { c.Request.Base.SHA = sha("9") },
		"head":   func(c *duobot.Case) { c.Request.Head.SHA = sha("9") },
		"tree":   func(c *duobot.Case) { c.Request.Test.Tree = sha("9") },
		"policy": func(c *duobot.Case) { c.Request.Policy.Blob = sha("9") },
		"branch": func(c *duobot.Case) { c.Request.Base.Branch = "release" },
		"number": func(c *duobot.Case) { c.Request.Number = 8 },
	} {
		t.Run(name, func(t *testing.T) {
			c := production(t)
			c.Confirmations = []pull.Confirmation{prompted(c, 1, ana, pull.PromptAllowed)}
			move(&c)
			judged(t, c, pull.Wait, "duo-stale")
			if asks := duobot.Wanted(c); len(asks) != 0 {
				t.Errorf("got %+v, want nobody asked", asks)
			}
		})
	}
}

func TestWhoConfirms(t *testing.T) {
	tests := []struct {
		name      string
		need      duobot.Who
		author    pull.Account
		approvers []pull.Account
		confirm   []pull.Account
		want      string
	}{
		{"author", duobot.Author, ana, nil, []pull.Account{ana}, "confirmed"},
		{"another than the author", duobot.Author, ana, []pull.Account{bo}, []pull.Account{bo}, "awaiting-push"},
		{"the author's second account", duobot.Author, ana, nil, []pull.Account{anaToo}, "awaiting-push"},
		{"approver", duobot.Approver, ana, []pull.Account{bo}, []pull.Account{bo}, "confirmed"},
		{"author for the approver", duobot.Approver, ana, []pull.Account{bo}, []pull.Account{ana}, "awaiting-push"},
		{"either approver", duobot.Approver, nobody, []pull.Account{bo, ana}, []pull.Account{bo}, "confirmed"},
		{"no longer an approver", duobot.Approver, nobody, []pull.Account{bo}, []pull.Account{ana}, "awaiting-push"},
		{"approver without a phone beside one with", duobot.Approver, ana, []pull.Account{bo, cy}, []pull.Account{bo}, "confirmed"},
		{"only an approver without a phone", duobot.Approver, ana, []pull.Account{cy}, nil, "duo-unmapped"},
		{"both", duobot.Both, ana, []pull.Account{bo}, []pull.Account{ana, bo}, "confirmed"},
		{"half of both", duobot.Both, ana, []pull.Account{bo}, []pull.Account{ana}, "awaiting-push"},
		{"the other half", duobot.Both, ana, []pull.Account{bo}, []pull.Account{bo}, "awaiting-push"},
		{"both by one human", duobot.Both, ana, []pull.Account{anaToo}, []pull.Account{ana, anaToo}, "awaiting-approver"},
		{"bot author", duobot.Author, robot, []pull.Account{bo}, []pull.Account{bo}, "confirmed"},
		{"bot author of both", duobot.Both, robot, []pull.Account{bo}, []pull.Account{bo}, "confirmed"},
		{"bot author, bot approver", duobot.Author, robot, []pull.Account{robot}, nil, "awaiting-approver"},
		{"unknown approver", duobot.Approver, ana, []pull.Account{{Login: "bo"}}, nil, "awaiting-approver"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := production(t)
			c.Need.Duo, c.Request.Author, c.Approvers = tt.need, tt.author, tt.approvers
			for i, who := range tt.confirm {
				c.Confirmations = append(c.Confirmations, prompted(c, int64(i+1), who, pull.PromptAllowed))
			}
			if got := duobot.Judge(c).Lead().Code; got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestTheWorstOfBothLeads(t *testing.T) {
	c := production(t)
	c.Need.Duo, c.Approvers = duobot.Both, []pull.Account{bo}
	c.Confirmations = []pull.Confirmation{prompted(c, 1, ana, pull.PromptAllowed), prompted(c, 2, bo, pull.PromptDenied)}
	v := judged(t, c, pull.Block, "duo-denied")
	if len(v.Buttons) != 1 || len(v.Reasons) != 2 {
		t.Errorf("got %d buttons, %d reasons; want 1 and 2", len(v.Buttons), len(v.Reasons))
	}
	c.Confirmations[0] = prompted(c, 1, ana, pull.PromptNoDevice)
	if v := judged(t, c, pull.Block, "duo-no-device"); len(v.Buttons) != 0 {
		t.Error("got a button that cannot resolve the block")
	}
}

func TestThreat50PeopleFileNamesThePhone(t *testing.T) {
	c := production(t)
	p := prompted(c, 1, ana, pull.PromptAllowed)
	p.DuoUser = "somebody.else"
	c.Confirmations = []pull.Confirmation{p}
	judged(t, c, pull.Wait, "awaiting-push")

	p.DuoUser, p.Account = "ana.k", pull.Account{ID: 99, Login: "ana", Kind: pull.User}
	c.Confirmations = []pull.Confirmation{p}
	judged(t, c, pull.Wait, "awaiting-push")
}

func TestLaterRefusalTakesBackAnAllowance(t *testing.T) {
	tests := []struct {
		first, second pull.PromptState
		want          string
	}{
		{pull.PromptAllowed, pull.PromptDenied, "duo-denied"},
		{pull.PromptAllowed, pull.PromptFraud, "duo-fraud-lifted"},
		{pull.PromptAllowed, pull.PromptTimeout, "confirmed"},
		{pull.PromptAllowed, pull.PromptUnknown, "confirmed"},
		{pull.PromptDenied, pull.PromptAllowed, "confirmed"},
		{pull.PromptTimeout, pull.PromptAllowed, "confirmed"},
		{pull.PromptDenied, pull.PromptOpen, "awaiting-phone"},
	}
	for _, tt := range tests {
		c := production(t)
		older, newer := prompted(c, 1, ana, tt.first), prompted(c, 2, ana, tt.second)
		for _, order := range [][]pull.Confirmation{{older, newer}, {newer, older}} {
			c.Confirmations = order
			if got := duobot.Judge(c).Lead().Code; got != tt.want {
				t.Errorf("%s then %s: got %s, want %s", tt.first, tt.second, got, tt.want)
			}
		}
	}
}

func TestThreat53UnsentIsVisibleWithItsNextAttempt(t *testing.T) {
	c := production(t)
	p := prompted(c, 1, ana, pull.PromptUnsent)
	p.RetryAt, p.Detail = noon.Add(30*time.Second), "reaching duo: connection refused"
	c.Confirmations = []pull.Confirmation{p}
	v := judged(t, c, pull.Wait, "duo-unreachable")
	if got := v.Lead().Evidence; got["retry_at"] != "2026-03-01 12:00:30 UTC" || got["duo"] != p.Detail {
		t.Errorf("got evidence %v", got)
	}
}

func TestThreat51FraudFreezes(t *testing.T) {
	tests := []struct {
		name   string
		freeze pull.Freeze
		need   duobot.Who
		want   string
	}{
		{"this pull request", pull.Freeze{Repo: 9, Number: 7, Code: "fraud", By: ana}, duobot.Author, "duo-fraud"},
		{"even where nothing is required", pull.Freeze{Repo: 9, Number: 7, Code: "fraud", By: ana}, duobot.Nobody, "duo-fraud"},
		{"the branch", pull.Freeze{Repo: 9, Branch: "main", Code: "fraud", By: bo}, duobot.Author, "duo-fraud"},
		{"another pull request", pull.Freeze{Repo: 9, Number: 8, Branch: "main", Code: "fraud", By: ana}, duobot.Author, "confirmed"},
		{"another branch", pull.Freeze{Repo: 9, Branch: "release", Code: "fraud", By: ana}, duobot.Author, "confirmed"},
		{"another repository", pull.Freeze{Repo: 10, Number: 7, Code: "fraud", By: ana}, duobot.Author, "confirmed"},
		{"a hold is not this gate's", pull.Freeze{Repo: 9, Number: 7, Code: "hold", By: bo}, duobot.Author, "confirmed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := production(t)
			c.Need.Duo = tt.need
			c.Confirmations = []pull.Confirmation{prompted(c, 1, ana, pull.PromptAllowed)}
			c.Freezes = []pull.Freeze{tt.freeze}
			v := duobot.Judge(c)
			if v.Lead().Code != tt.want || len(v.Buttons) != 0 {
				t.Errorf("got %s with %d buttons, want %s without", v.Lead().Code, len(v.Buttons), tt.want)
			}
		})
	}
}

func TestButtonFitsGitHub(t *testing.T) {
	b := duobot.Button
	if len(b.Label) > 20 || len(b.Description) > 40 || len(b.Identifier) > 20 || b.Identifier != "duo" {
		t.Errorf("got %+v; GitHub allows 20, 40 and 20 characters", b)
	}
}

func BenchmarkJudge(b *testing.B) {
	c := production(b)
	c.Need.Duo, c.Approvers = duobot.Both, []pull.Account{bo}
	for i := range int64(50) {
		c.Confirmations = append(c.Confirmations, prompted(c, i+1, ana, pull.PromptTimeout))
	}
	b.ReportAllocs()
	for b.Loop() {
		duobot.Judge(c)
	}
}
