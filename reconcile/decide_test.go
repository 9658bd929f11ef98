package reconcile

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/pull"
)

const (
	ourApp = 7
	ciApp  = 8
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

const policyText = `version: 1
rules:
  - name: staging is free
    paths: [staging/**]
    require: {}
  - name: production needs an admin
    paths: ["**"]
    require: {approvals: {count: 1, from: [admin]}, duo: author}
automerge: {method: merge, checks: [ci]}
`

var (
	dev = pull.Account{ID: 1, Login: "dev", Kind: pull.User}
	ana = pull.Account{ID: 2, Login: "ana", Kind: pull.User}
)

// world is a production change that an admin approved and whose CI is green; its author has not been asked yet.
func world() World {
	people, err := duobot.ParsePeople("people.yml", []byte("- {name: Dev, github: [dev], duo: dev.eloper}\n"))
	if err != nil {
		panic(err)
	}
	return World{
		App: ourApp, People: people, DuoReady: true, PublicURL: "https://sallyport.example.com",
		Request: pull.Request{
			Repo:   pull.Repo{ID: 10, Owner: "acme", Name: "jobs", DefaultBranch: "main"},
			Number: 3, Title: "Raise the API", State: pull.Open, Author: dev, Pusher: dev, At: noon,
			Head: pull.Head{SHA: sha("a"), Branch: "raise"}, Base: pull.Base{SHA: sha("b"), Branch: "main"},
			Test:    pull.TestMerge{State: pull.Clean, SHA: sha("c"), Tree: sha("d"), Parents: []string{sha("b"), sha("a")}},
			Files:   []pull.File{{Path: "prod/api.nomad", OldMode: pull.Regular, NewMode: pull.Regular, OldID: sha("1"), NewID: sha("2")}},
			Commits: []pull.Commit{{SHA: sha("a"), Parents: []string{sha("b")}, Author: dev, Committer: dev}}, CommitsTotal: 1,
			Reviews:  []pull.Review{{ID: 1, Author: ana, State: pull.Approved, Commit: sha("a"), At: noon}},
			Checks:   []pull.Check{{Kind: pull.CheckRun, Name: "ci", App: ciApp, ID: 4, Status: "completed", Conclusion: "success"}},
			Rules:    pull.Rules{Allowed: []string{"merge"}},
			Policy:   pull.Source{Path: ".sallyport.yml", Blob: sha("9"), Text: policyText},
			Standing: pull.Standing{Roles: map[int64]pull.Role{1: pull.Write, 2: pull.Admin}},
		},
	}
}

// judge decides as a pass would, with the policy parsed.
func judge(w World) Decision {
	w.Rulebook, w.Problems = new(rules).parse(w.Request.Policy)
	return w.Decide()
}

func sha(c string) string { return strings.Repeat(c, 40) }

func (d Decision) verdict(gate pull.Gate) pull.Verdict {
	for _, v := range d.Verdicts {
		if v.Gate == gate {
			return v
		}
	}
	return pull.Verdict{}
}

func TestAReadyPullRequestAsksItsAuthor(t *testing.T) {
	d := judge(world())
	if d.Stage != automerge.Ready || len(d.Asks) != 1 || d.Asks[0].Account != dev {
		t.Fatalf("got stage %d, asks %+v; want one ask of dev\n%+v", d.Stage, d.Asks, d.Verdicts)
	}
}

func TestNobodyIsAskedOutOfTurn(t *testing.T) {
	w := world()
	w.Turn = &pull.Turn{Branch: "main"}
	d := judge(w)
	if len(d.Asks) != 0 || !d.verdict(pull.GateAutomerge).Has("awaiting-turn") {
		t.Fatalf("got asks %+v and %+v; want none, awaiting-turn", d.Asks, d.verdict(pull.GateAutomerge))
	}
}

func TestAConfirmedPullRequestWaitsForItsOwnProof(t *testing.T) {
	w := world()
	b := judge(w).Binding
	w.Confirmations = []pull.Confirmation{{ID: 1, Binding: b, Person: "Dev", Account: dev, DuoUser: "dev.eloper", Role: "author",
		State: pull.PromptAllowed, Txid: "t", AskedAt: noon}}
	d := judge(w)
	if d.Stage != automerge.Agreed || !d.verdict(pull.GateAutomerge).Has("own-checks-not-seen") {
		t.Fatalf("got stage %d %+v; want agreed, own-checks-not-seen", d.Stage, d.verdict(pull.GateAutomerge))
	}
	for i, report := range d.Reports {
		w.Request.Checks = append(w.Request.Checks, pull.Check{Kind: pull.CheckRun, Name: report.Name, App: ourApp, ID: int64(i),
			Status: report.Status, Conclusion: report.Conclusion, ExternalID: report.ExternalID})
	}
	if d = judge(w); d.Stage != automerge.Proved {
		t.Fatalf("got stage %d %+v; want proved", d.Stage, d.verdict(pull.GateAutomerge))
	}
}

// A confirmation is bound to the landing: whatever of it moves, the answer is void.
func TestThreat54ConfirmationIsVoidWhenTheLandingMoves(t *testing.T) {
	moves := map[string]func(*World){
		"base":   func(w *World) { w.Request.Base.SHA = sha("e"); w.Request.Test.Parents[0] = sha("e") },
		"tree":   func(w *World) { w.Request.Test.Tree = sha("e") },
		"policy": func(w *World) { w.Request.Policy.Blob = sha("e") },
		"target": func(w *World) { w.Request.Base.Branch = "release" },
		"method": func(w *World) {
			w.Request.Policy.Text = strings.Replace(policyText, "method: merge", "method: squash", 1)
		},
		"head": func(w *World) {
			w.Request.Head.SHA, w.Request.Test.Parents[1] = sha("e"), sha("e")
			w.Request.Commits[0].SHA, w.Request.Reviews[0].Commit = sha("e"), sha("e")
		},
	}
	for name, move := range moves {
		t.Run(name, func(t *testing.T) {
			w := world()
			w.Request.Rules.Allowed = []string{"merge", "squash"}
			w.Confirmations = []pull.Confirmation{{ID: 1, Binding: judge(w).Binding, Person: "Dev", Account: dev,
				DuoUser: "dev.eloper", Role: "author", State: pull.PromptAllowed, Txid: "t", AskedAt: noon}}
			if v := judge(w).verdict(pull.GateDuo); v.State != pull.Pass {
				t.Fatalf("before: %+v", v)
			}
			move(&w)
			if v := judge(w).verdict(pull.GateDuo); v.State == pull.Pass || !v.Has("duo-void") {
				t.Errorf("after: %s %+v; want duo-void", v.State, v.Reasons)
			}
		})
	}
}

func TestThreat10BrokenPolicyBlocksEveryGate(t *testing.T) {
	for name, spoil := range map[string]func(*pull.Source){
		"invalid":    func(s *pull.Source) { s.Text = "version: 1\nrules: [\n" },
		"unreadable": func(s *pull.Source) { s.Unreadable = "it is a symlink" },
	} {
		t.Run(name, func(t *testing.T) {
			w := world()
			spoil(&w.Request.Policy)
			d := judge(w)
			for _, v := range d.Verdicts {
				if v.State != pull.Block || !v.Has("policy-"+name) {
					t.Errorf("%s: %s %+v", v.Gate, v.State, v.Reasons)
				}
			}
			for _, r := range d.Reports {
				if r.Conclusion != "failure" || !strings.HasPrefix(r.Summary, ".sallyport.yml:") {
					t.Errorf("%s: %s %q", r.Name, r.Conclusion, r.Summary)
				}
			}
		})
	}
}

// Threat 14: a head that is green for a lax branch must not look green for main.
func TestThreat14CheckNamesCarryTheTarget(t *testing.T) {
	w := world()
	w.Request.Base.Branch = "release"
	for _, r := range judge(w).Reports {
		if !strings.HasSuffix(r.Name, ": release") {
			t.Errorf("%s speaks for main", r.Name)
		}
	}
}

// Two pull requests share a head and a target, but not their fate: the worse verdict is written for both.
func TestSharedHeadShowsTheWorstVerdict(t *testing.T) {
	w := world()
	w.Siblings = []pull.Record{{Key: pull.Key{Repo: 10, Number: 9}, Verdicts: []pull.Verdict{
		{Gate: pull.GateApproval, State: pull.Block, Reasons: []pull.Reason{{Code: "changes-requested", Message: "bo objects."}}}}}}
	r := judge(w).Reports[0]
	if r.Conclusion != "failure" || !strings.Contains(r.Summary, "shared-head") || !strings.Contains(r.Title, "#9") {
		t.Errorf("got %s %q", r.Conclusion, r.Title)
	}
}

func TestAFreezeOfAnotherBranchHoldsNothing(t *testing.T) {
	r := world().Request
	got := covering([]pull.Freeze{{Branch: "release"}, {Branch: "main"}, {Branch: "main", Number: 3}, {Branch: "main", Number: 4}}, r)
	if len(got) != 2 || got[0].Number != 0 || got[1].Number != 3 {
		t.Errorf("got %+v; want those of main and of #3", got)
	}
}

func TestDuoIsNotConfigured(t *testing.T) {
	w := world()
	w.DuoReady = false
	if v := judge(w).verdict(pull.GateDuo); v.State != pull.Block || !v.Has("duo-not-configured") {
		t.Errorf("got %s %+v", v.State, v.Reasons)
	}
}

func TestDecisionsAreRepeatable(t *testing.T) {
	a, b := judge(world()), judge(world())
	for i := range a.Reports {
		if a.Reports[i].ExternalID != b.Reports[i].ExternalID {
			t.Errorf("%s differs between two decisions of the same world", a.Reports[i].Name)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	w := world()
	b.ReportAllocs()
	for b.Loop() {
		judge(w)
	}
}

func TestARolledBackLedgerBlocksEveryGate(t *testing.T) {
	w := world()
	w.Halted = &pull.Reason{Code: "ledger-rolled-back", Message: "older"}
	d := judge(w)
	for _, gate := range append(slices.Clone(pull.Gates), pull.GateAutomerge) {
		if v := d.verdict(gate); v.State != pull.Block || v.Lead().Code != "ledger-rolled-back" {
			t.Errorf("%s: %+v", gate, v)
		}
	}
	if len(d.Asks) > 0 || d.Stage != automerge.NotReady {
		t.Errorf("asks %v at stage %v, want nobody asked and nothing ready", d.Asks, d.Stage)
	}
}
