package duobot_test

import (
	"os"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/pull"
)

func TestJudgeSignatures(t *testing.T) {
	const anas, bos, unowned = "AAAA000000000000000000000000000000000001", "AAAA000000000000000000000000000000000002", "AAAA000000000000000000000000000000000009"
	good := func(fingerprint string) signature.Result { return signature.Result{Fingerprint: fingerprint} }
	commit := pull.Commit{SHA: sha("1"), Author: ana, Committer: ana}
	tests := []struct {
		name   string
		change func(r *pull.Request, results map[string]signature.Result)
		state  pull.State
		codes  []string
	}{
		{"good", func(*pull.Request, map[string]signature.Result) {}, pull.Pass, []string{"signatures-good"}},
		{"by the committer, another's authorship", func(r *pull.Request, _ map[string]signature.Result) {
			r.Commits[0].Author = bo
		}, pull.Pass, []string{"signatures-good"}},
		{"by the author, another's commit", func(r *pull.Request, _ map[string]signature.Result) {
			r.Commits[0].Committer = bo
		}, pull.Pass, []string{"signatures-good"}},
		{"by the person's second account", func(r *pull.Request, _ map[string]signature.Result) {
			r.Commits[0].Author, r.Commits[0].Committer = anaToo, anaToo
		}, pull.Pass, []string{"signatures-good"}},
		{"unsigned", func(_ *pull.Request, results map[string]signature.Result) {
			results[sha("1")] = signature.Result{Code: "signature-missing", Message: "It is not signed.", Next: "Sign it"}
		}, pull.Block, []string{"signature-missing"}},
		{"bad in spite of a fingerprint", func(_ *pull.Request, results map[string]signature.Result) {
			results[sha("1")] = signature.Result{Code: "signature-bad", Fingerprint: anas}
		}, pull.Block, []string{"signature-bad"}},
		{"threat 52: the zero result", func(_ *pull.Request, results map[string]signature.Result) {
			results[sha("1")] = signature.Result{}
		}, pull.Block, []string{"signature-unchecked"}},
		{"no result", func(_ *pull.Request, results map[string]signature.Result) {
			delete(results, sha("1"))
		}, pull.Block, []string{"signature-unchecked"}},
		{"a key of nobody", func(_ *pull.Request, results map[string]signature.Result) {
			results[sha("1")] = good(unowned)
		}, pull.Block, []string{"signature-key-unowned"}},
		{"threat 37: somebody else's key", func(_ *pull.Request, results map[string]signature.Result) {
			results[sha("1")] = good(bos)
		}, pull.Block, []string{"signature-not-committer"}},
		{"an unattributed commit", func(r *pull.Request, _ map[string]signature.Result) {
			r.Commits[0].Author, r.Commits[0].Committer = pull.Account{}, pull.Account{}
		}, pull.Block, []string{"signature-not-committer"}},
		{"threat 39: web-flow", func(r *pull.Request, _ map[string]signature.Result) {
			r.Commits[0].ByGitHub = true
		}, pull.Block, []string{"signature-web-flow"}},
		{"threat 39: a clean update by web-flow", func(r *pull.Request, _ map[string]signature.Result) {
			r.Commits, r.CommitsTotal = append(r.Commits, updateByGitHub()), 2
		}, pull.Pass, []string{"signatures-good"}},
		{"threat 39: a clean update that somebody else signed or nobody", func(r *pull.Request, _ map[string]signature.Result) {
			c := updateByGitHub()
			c.ByGitHub = false
			r.Commits, r.CommitsTotal = append(r.Commits, c), 2
		}, pull.Block, []string{"signature-unchecked"}},
		{"threat 39: a merge by web-flow with something of its own", func(r *pull.Request, _ map[string]signature.Result) {
			c := updateByGitHub()
			c.Update = false
			r.Commits, r.CommitsTotal = append(r.Commits, c), 2
		}, pull.Block, []string{"signature-web-flow"}},
		{"threat 39: a clean update whose bytes are not what its name says", func(r *pull.Request, _ map[string]signature.Result) {
			c := updateByGitHub()
			c.Tree = sha("5")
			r.Commits, r.CommitsTotal = append(r.Commits, c), 2
		}, pull.Block, []string{"signature-web-flow"}},
		{"threat 43: a stale keyring is told once", func(r *pull.Request, results map[string]signature.Result) {
			r.Commits = append(r.Commits, pull.Commit{SHA: sha("2"), Author: ana}, pull.Commit{SHA: sha("3"), Author: ana})
			r.CommitsTotal = 3
			for _, c := range r.Commits {
				results[c.SHA] = signature.Result{Code: signature.KeyringStale, Message: "Too old.", Next: "Refresh it."}
			}
		}, pull.Block, []string{"keyring-stale"}},
		{"threat 37: GitHub knows nobody by the address, the key is known", func(r *pull.Request, _ map[string]signature.Result) {
			r.Commits[0].Author, r.Commits[0].Committer = pull.Account{}, pull.Account{}
			r.Commits[0].AuthorEmail, r.Commits[0].CommitterEmail = "ana@example.com", "ana@example.com"
		}, pull.Block, []string{"signature-not-committer"}},
		{"threat 38: GitHub calls it verified, we do not", func(r *pull.Request, results map[string]signature.Result) {
			results[sha("1")] = signature.Result{Code: signature.KeyRevoked, Message: "It is revoked.", Next: "Sign again.", Fingerprint: anas}
		}, pull.Block, []string{"signature-key-revoked"}},
		{"threat 18: unseen commits", func(r *pull.Request, _ map[string]signature.Result) {
			r.CommitsTotal = 251
		}, pull.Block, []string{"signatures-incomplete"}},
		{"threat 24: no commits", func(r *pull.Request, _ map[string]signature.Result) {
			r.Commits, r.CommitsTotal = nil, 0
		}, pull.Block, []string{"signatures-incomplete"}},
		{"every bad commit is named", func(r *pull.Request, results map[string]signature.Result) {
			r.Commits = append(r.Commits, pull.Commit{SHA: sha("2"), Author: ana}, pull.Commit{SHA: sha("3"), Author: ana})
			r.CommitsTotal = 3
			results[sha("2")] = good(bos)
		}, pull.Block, []string{"signature-not-committer", "signature-unchecked"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := pull.Request{Commits: []pull.Commit{commit}, CommitsTotal: 1}
			results := map[string]signature.Result{sha("1"): good(anas)}
			tt.change(&r, results)
			v := duobot.JudgeSignatures(true, r, results, everybody(t))
			if v.State != tt.state || v.Gate != pull.GateSignatures || len(v.Reasons) != len(tt.codes) {
				t.Fatalf("got %s with %+v, want %s with %v", v.State, v.Reasons, tt.state, tt.codes)
			}
			for i, code := range tt.codes {
				if v.Reasons[i].Code != code || v.Reasons[i].State != tt.state || v.Reasons[i].Message == "" {
					t.Errorf("got %+v, want %s", v.Reasons[i], code)
				}
			}
		})
	}
}

func TestSignaturesWithoutPeopleFile(t *testing.T) {
	r := pull.Request{Commits: []pull.Commit{{SHA: sha("1"), Author: ana}}, CommitsTotal: 1}
	results := map[string]signature.Result{sha("1"): {Fingerprint: print1}}
	if got := duobot.JudgeSignatures(true, r, results, nil).Lead().Code; got != "signature-key-unowned" {
		t.Errorf("got %s, want signature-key-unowned", got)
	}
}

func TestSignaturesNotRequired(t *testing.T) {
	v := duobot.JudgeSignatures(false, pull.Request{}, nil, nil)
	if v.State != pull.Pass || v.Lead().Code != "signatures-not-required" {
		t.Errorf("got %s %s", v.State, v.Lead().Code)
	}
}

// updateByGitHub is a merge whose bytes hash to its name, marked as a clean update.
func updateByGitHub() pull.Commit {
	const armor = "-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----"
	head := "tree " + sha("4") + "\nparent " + sha("1") + "\nparent " + sha("9") + "\nauthor A <a@example.com> 1 +0000\ncommitter GitHub <noreply@github.com> 1 +0000\n"
	raw := head + "gpgsig " + strings.ReplaceAll(armor, "\n", "\n ") + "\n\nMerge\n"
	return pull.Commit{SHA: signature.ObjectID([]byte(raw), sha("4")), Tree: sha("4"), Parents: []string{sha("1"), sha("9")},
		Payload: head + "\nMerge\n", Signature: armor, ByGitHub: true, Update: true}
}

// TestSignatureCodesAreDocumented holds docs/signatures.md to the codes that are the judge's own.
func TestSignatureCodesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/signatures.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{"signature-web-flow", "signature-unchecked", "signature-key-unowned", "signature-not-committer", "signatures-incomplete"} {
		if !strings.Contains(string(text), "\n| `"+code+"` | ") {
			t.Errorf("%s has no row in docs/signatures.md", code)
		}
	}
}
