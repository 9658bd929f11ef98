package duobot_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/pull"
)

func pressed(id string, who pull.Account) pull.News {
	return pull.News{Delivery: id, Event: "check_run", Action: "requested_action", Command: []string{"duo"}, Sender: who, At: noon}
}

func commented(id string, who pull.Account) pull.News {
	return pull.News{Delivery: id, Event: "issue_comment", Action: "created", Command: []string{"duo"}, Sender: who, At: noon}
}

var toAna = duobot.Ask{Person: "Ana", Account: ana, DuoUser: "ana.k", Role: "author"}

func withRequest(a duobot.Ask, request string) duobot.Ask {
	a.Request = request
	return a
}

func TestWanted(t *testing.T) {
	tests := []struct {
		name   string
		change func(*duobot.Case)
		want   []duobot.Ask
	}{
		{"the first push goes out by itself", func(*duobot.Case) {}, []duobot.Ask{toAna}},
		{"both are asked at once", func(c *duobot.Case) {
			c.Need.Duo, c.Approvers = duobot.Both, []pull.Account{bo}
		}, []duobot.Ask{toAna, {Person: "Bo", Account: bo, DuoUser: "bo.l", Role: "approver"}}},
		{"of both, only who has not confirmed", func(c *duobot.Case) {
			c.Need.Duo, c.Approvers = duobot.Both, []pull.Account{bo}
			c.Confirmations = []pull.Confirmation{prompted(*c, 1, bo, pull.PromptAllowed)}
		}, []duobot.Ask{toAna}},
		{"the latest approver", func(c *duobot.Case) {
			c.Need.Duo, c.Request.Author, c.Approvers = duobot.Approver, nobody, []pull.Account{ana, bo}
		}, []duobot.Ask{{Person: "Bo", Account: bo, DuoUser: "bo.l", Role: "approver"}}},
		{"the latest approver with a phone", func(c *duobot.Case) {
			c.Need.Duo, c.Approvers = duobot.Approver, []pull.Account{bo, cy}
		}, []duobot.Ask{{Person: "Bo", Account: bo, DuoUser: "bo.l", Role: "approver"}}},
		{"the approver who asks", func(c *duobot.Case) {
			c.Need.Duo, c.Request.Author, c.Approvers = duobot.Approver, nobody, []pull.Account{ana, bo}
			c.Confirmations = []pull.Confirmation{prompted(*c, 1, bo, pull.PromptTimeout)}
			c.News = []pull.News{pressed("d1", ana)}
		}, []duobot.Ask{{Person: "Ana", Account: ana, DuoUser: "ana.k", Role: "approver", Request: "d1"}}},
		{"nobody while anything is frozen", func(c *duobot.Case) {
			c.Freezes = []pull.Freeze{{Repo: 9, Number: 7, Code: "hold", By: bo}}
		}, nil},
		{"nobody while a push is open", func(c *duobot.Case) {
			c.Confirmations = []pull.Confirmation{prompted(*c, 1, ana, pull.PromptOpen)}
			c.News = []pull.News{pressed("d1", ana)}
		}, nil},
		{"nobody while a push for an older landing is open", func(c *duobot.Case) {
			p := prompted(*c, 1, ana, pull.PromptOpen)
			p.Binding.Head = sha("9")
			c.Confirmations = []pull.Confirmation{p}
		}, nil},
		{"nobody once confirmed, whoever asks", func(c *duobot.Case) {
			c.Confirmations = []pull.Confirmation{prompted(*c, 1, ana, pull.PromptAllowed)}
			c.News = []pull.News{pressed("d1", bo)}
		}, nil},
		{"again after a denial, on request", func(c *duobot.Case) {
			c.Confirmations = []pull.Confirmation{prompted(*c, 1, ana, pull.PromptDenied)}
			c.News = []pull.News{pressed("d1", ana)}
		}, []duobot.Ask{withRequest(toAna, "d1")}},
		{"again although the fate of the last is unknown, on request", func(c *duobot.Case) {
			c.Confirmations = []pull.Confirmation{prompted(*c, 1, ana, pull.PromptUnknown)}
			c.News = []pull.News{commented("d1", bo)}
		}, []duobot.Ask{withRequest(toAna, "d1")}},
		{"nobody at a stranger's request", func(c *duobot.Case) {
			c.Confirmations = []pull.Confirmation{prompted(*c, 1, ana, pull.PromptTimeout)}
			c.News = []pull.News{pressed("d1", cy), commented("d2", nobody)}
		}, nil},
		{"a request is followed once", func(c *duobot.Case) {
			p := prompted(*c, 1, ana, pull.PromptTimeout)
			p.Request = "d1"
			c.Confirmations = []pull.Confirmation{p}
			c.News = []pull.News{pressed("d1", ana)}
		}, nil},
		{"other commands ask for nothing", func(c *duobot.Case) {
			c.Confirmations = []pull.Confirmation{prompted(*c, 1, ana, pull.PromptTimeout)}
			c.News = []pull.News{{Delivery: "d1", Event: "issue_comment", Command: []string{"recheck"}, Sender: bo}, {Delivery: "d2", Event: "push", Sender: bo}}
		}, nil},
		{"a request without a delivery is none", func(c *duobot.Case) {
			c.Confirmations = []pull.Confirmation{prompted(*c, 1, ana, pull.PromptTimeout)}
			c.News = []pull.News{pressed("", bo)}
		}, nil},
		{"an unsent push before its hour", func(c *duobot.Case) {
			p := prompted(*c, 1, ana, pull.PromptUnsent)
			p.RetryAt = noon.Add(time.Second)
			c.Confirmations = []pull.Confirmation{p}
		}, nil},
		{"an unsent push at its hour", func(c *duobot.Case) {
			p := prompted(*c, 31, ana, pull.PromptUnsent)
			p.RetryAt = noon
			c.Confirmations = []pull.Confirmation{p}
		}, []duobot.Ask{{Person: "Ana", Account: ana, DuoUser: "ana.k", Role: "author", Retry: 31}}},
		{"anew when the people file names another Duo user", func(c *duobot.Case) {
			p := prompted(*c, 1, ana, pull.PromptNoUser)
			p.DuoUser = "misspelt"
			c.Confirmations = []pull.Confirmation{p}
		}, []duobot.Ask{toAna}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := production(t)
			tt.change(&c)
			if diff := cmp.Diff(tt.want, duobot.Wanted(c)); diff != "" {
				t.Errorf("asks (-want +got):\n%s", diff)
			}
		})
	}
}

func TestThreat84BranchesOfOnesOwnRingNoPhone(t *testing.T) {
	tests := []struct {
		name   string
		branch string
		rules  pull.Rules
		glass  []pull.Account
		asked  int
	}{
		{"the default branch", "main", pull.Rules{}, nil, 1},
		{"a branch that nobody protects", "lax", pull.Rules{Allowed: []string{"merge"}, Lacks: []string{"checks"}}, nil, 0},
		{"a branch with required checks", "release", pull.Rules{Checks: []pull.RequiredCheck{{Name: "ci"}}}, nil, 1},
		{"a branch with a ruleset", "release", pull.Rules{Rulesets: []pull.Ruleset{{Name: "all", Demands: []string{"pull_request"}}}}, nil, 1},
		{"a branch whose glass was broken", "lax", pull.Rules{}, []pull.Account{ana}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := production(t)
			c.Request.Base.Branch, c.Binding.Branch, c.Request.Rules, c.Glass = tt.branch, tt.branch, tt.rules, tt.glass
			v := duobot.Judge(c)
			if asks := duobot.Wanted(c); len(asks) != tt.asked || (v.Lead().Code == "duo-unguarded") != (tt.asked == 0) {
				t.Errorf("got %s and %d asks, want %d", v.Lead().Code, len(asks), tt.asked)
			}
			c.News = []pull.News{pressed("d1", ana)}
			if asks := duobot.Wanted(c); len(asks) != 1 || tt.asked == 0 && (asks[0].Request != "d1" || len(v.Buttons) != 1) {
				t.Errorf("got %+v and buttons %v; a person may always ask", asks, v.Buttons)
			}
		})
	}
}

func TestThreat51UnansweredPushesStop(t *testing.T) {
	vain := func(c duobot.Case, n int, state pull.PromptState, ago time.Duration) []pull.Confirmation {
		var all []pull.Confirmation
		for i := range n {
			p := prompted(c, int64(i+1), ana, state)
			p.Binding.Base, p.AskedAt = sha(string(rune('0'+i))), noon.Add(-ago)
			all = append(all, p)
		}
		return all
	}
	tests := []struct {
		name  string
		state pull.PromptState
		n     int
		ago   time.Duration
		code  string
		asked int
	}{
		{"two timeouts", pull.PromptTimeout, 2, time.Minute, "awaiting-push", 1},
		{"three timeouts", pull.PromptTimeout, 3, time.Minute, "duo-unanswered", 0},
		{"three denials", pull.PromptDenied, 3, time.Minute, "duo-unanswered", 0},
		{"three timeouts an hour ago", pull.PromptTimeout, 3, time.Hour, "awaiting-push", 1},
		{"three that never rang", pull.PromptUnsent, 3, time.Minute, "awaiting-push", 1},
		{"three confirmations", pull.PromptAllowed, 3, time.Minute, "awaiting-push", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := production(t)
			c.Confirmations = vain(c, tt.n, tt.state, tt.ago)
			v := duobot.Judge(c)
			if v.Lead().Code != tt.code || len(duobot.Wanted(c)) != tt.asked {
				t.Errorf("got %s and %d asks, want %s and %d", v.Lead().Code, len(duobot.Wanted(c)), tt.code, tt.asked)
			}
			if tt.asked == 0 && len(v.Buttons) != 1 {
				t.Error("got no button to ask again")
			}
			c.News = []pull.News{pressed("d1", ana)}
			if asks := duobot.Wanted(c); len(asks) != 1 || asks[0].Request != "d1" {
				t.Errorf("got %+v; a person may always ask", asks)
			}
		})
	}
}

func TestMayAsk(t *testing.T) {
	tests := []struct {
		name   string
		news   pull.News
		change func(*duobot.Case)
		want   bool
	}{
		{"the author presses", pressed("d", ana), nil, true},
		{"an admin presses", pressed("d", bo), nil, true},
		{"an admin comments", commented("d", bo), nil, true},
		{"the author comments", commented("d", ana), nil, true},
		{"a writer who is neither", pressed("d", cy), nil, false},
		{"the approver who must confirm", pressed("d", cy), func(c *duobot.Case) {
			c.Need.Duo, c.Approvers = duobot.Approver, []pull.Account{cy}
		}, true},
		{"an approver who need not confirm", pressed("d", cy), func(c *duobot.Case) { c.Approvers = []pull.Account{cy} }, false},
		{"the author without write access comments", commented("d", ana), func(c *duobot.Case) {
			c.Request.Standing.Roles = map[int64]pull.Role{ana.ID: pull.Read}
		}, false},
		{"somebody whose role was not read", pressed("d", bo), func(c *duobot.Case) { c.Request.Standing = pull.Standing{} }, false},
		{"a bot", pressed("d", pull.Account{ID: bo.ID, Login: "bo", Kind: pull.Bot}), nil, false},
		{"nobody", pressed("d", pull.Account{}), func(c *duobot.Case) { c.Request.Author = pull.Account{} }, false},
		{"an admin under a fraud freeze", pressed("d", bo), func(c *duobot.Case) {
			c.Freezes = []pull.Freeze{{Repo: 9, Number: 7, Code: "fraud", By: ana}}
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := production(t)
			if tt.change != nil {
				tt.change(&c)
			}
			reason, got := duobot.MayAsk(c, tt.news)
			if got != tt.want {
				t.Errorf("got %v (%s), want %v", got, reason.Message, tt.want)
			}
			if !got && reason.Code != "duo-request-refused" {
				t.Errorf("got code %q, want duo-request-refused", reason.Code)
			}
		})
	}
}
