package verify

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
)

// forgery is a way to put something on the branch that was not agreed to. It returns what must be found: "code" about
// the whole, "SHA code" about a commit. More may be found; nothing less.
type forgery struct {
	name  string
	forge func(*town) []string
}

func at(sha, code string) string { return fmt.Sprintf("%.10s %s", sha, code) }

var forgeries = []forgery{
	{"a foreign commit on top", func(w *town) []string {
		return []string{at(w.foreign("prod/api.nomad", "evil\n"), "foreign")}
	}},
	{"a foreign commit in between, and a landing on it", func(w *town) []string {
		sha := w.foreign("prod/api.nomad", "evil\n")
		w.land(landing{path: "prod/api.nomad", text: "three\n"})
		return []string{at(sha, "foreign")}
	}},
	{"the note removed", func(w *town) []string {
		w.attest(w.tip, "")
		return []string{at(w.tip, "foreign")}
	}},
	{"all notes removed", func(w *town) []string {
		w.ref("refs/notes/sallyport", "")
		w.remove("refs/notes/sallyport")
		return []string{"notes-missing", at(w.tip, "foreign")}
	}},
	{"the note of another commit", func(w *town) []string {
		text := w.notes[attest.NotePath(w.tip)]
		sha := w.foreign("prod/api.nomad", "evil\n")
		w.attest(sha, text)
		return []string{at(sha, "subject-differs")}
	}},
	{"the note of another commit with the subject rewritten", func(w *town) []string {
		text := w.notes[attest.NotePath(w.tip)]
		old := w.tip
		sha := w.foreign("prod/api.nomad", "evil\n")
		w.attest(sha, edit(w, text, func(statement string) string { return strings.ReplaceAll(statement, old, sha) }))
		return []string{at(sha, "attestation-forged")}
	}},
	{"the statement edited", func(w *town) []string {
		w.attest(w.tip, edit(w, w.notes[attest.NotePath(w.tip)], func(s string) string { return strings.Replace(s, `"count":1`, `"count":2`, 1) }))
		return []string{at(w.tip, "attestation-forged")}
	}},
	{"signed by another key", func(w *town) []string {
		sha := w.land(landing{path: "prod/api.nomad", text: "evil\n", signer: newKey(w.t, "Sallyport", noon.Add(-time.Hour))})
		return []string{at(sha, "attestation-signer-unknown")}
	}},
	{"signed by a person of the keyring", func(w *town) []string {
		sha := w.land(landing{path: "prod/api.nomad", text: "evil\n", signer: w.keys["ana"]})
		return []string{at(sha, "attestation-signer-unknown")}
	}},
	{"signed twice", func(w *town) []string {
		var e map[string]any
		check(w, json.Unmarshal([]byte(w.notes[attest.NotePath(w.tip)]), &e))
		signatures, _ := e["signatures"].([]any)
		e["signatures"] = append(signatures, signatures...)
		text, err := json.Marshal(e)
		check(w, err)
		w.attest(w.tip, string(text))
		return []string{at(w.tip, "attestation-unsigned")}
	}},
	{"no envelope at all", func(w *town) []string {
		w.attest(w.tip, "approved, trust me\n")
		return []string{at(w.tip, "attestation-unreadable")}
	}},
	{"an attestation for another branch", func(w *town) []string {
		return []string{at(w.land(landing{path: "prod/api.nomad", text: "three\n", branch: "release"}), "wrong-branch")}
	}},
	{"an attestation for another repository", func(w *town) []string {
		return []string{at(w.land(landing{path: "prod/api.nomad", text: "three\n", repository: 1}), "wrong-repository")}
	}},
	{"a policy weakened by a foreign commit, and a landing under it", func(w *town) []string {
		weak := w.foreign(".sallyport.yml", lax)
		sha := w.land(landing{path: "prod/api.nomad", text: "evil\n", reviewer: "dev", unsigned: true})
		return []string{at(weak, "foreign"), at(sha, "policy-tainted")}
	}},
	{"a weak policy, a landing under it, and the strict policy again", func(w *town) []string {
		weak := w.foreign(".sallyport.yml", lax)
		sha := w.land(landing{path: "prod/api.nomad", text: "evil\n", reviewer: "dev", unsigned: true})
		back := w.foreign(".sallyport.yml", strict)
		w.land(landing{path: "prod/api.nomad", text: "four\n"})
		return []string{at(weak, "foreign"), at(sha, "policy-tainted"), at(back, "foreign")}
	}},
	{"judged by another policy than its base has", func(w *town) []string {
		sha := w.land(landing{path: "prod/api.nomad", text: "evil\n", reviewer: "dev", unsigned: true, evidence: func(world *reconcile.World) {
			policyOf(w, world, lax)
		}})
		return []string{at(sha, "policy-differs"), at(sha, "no-admin-approval")}
	}},
	{"judged by a policy where its base has none", func(w *town) []string {
		w.from = w.foreign(".sallyport.yml", "")
		sha := w.land(landing{path: "prod/api.nomad", text: "evil\n", reviewer: "dev", unsigned: true, evidence: func(world *reconcile.World) {
			policyOf(w, world, lax)
		}})
		return []string{at(sha, "policy-missing"), at(sha, "policy-differs")}
	}},
	{"an evil merge: the tree is not the merge of its parents", func(w *town) []string {
		evil := w.tree(w.content[w.tip].with("prod/api.nomad", "evil\n"))
		sha := w.land(landing{path: "staging/web.nomad", text: "two\n", candidate: func(c *pull.Candidate) {
			c.Payload = strings.Replace(c.Payload, c.Tree, evil, 1)
		}, anyway: true})
		return []string{at(sha, "tree-differs"), at(sha, "tree-not-the-merge"), at(sha, "awaiting-push")}
	}},
	{"an evil merge that the whole statement agrees with", func(w *town) []string {
		var sha string
		evil := w.content[w.tip].with("staging/web.nomad", "two\n").with("staging/evil.nomad", "evil\n")
		sha = w.land(landing{path: "staging/web.nomad", text: "two\n", evidence: func(world *reconcile.World) {
			r := &world.Request
			r.Test.Tree, r.Files = w.tree(evil), difference(w, w.content[w.tip], evil)
			r.Content = pull.Digest(r.Files)
		}})
		return []string{at(sha, "tree-not-the-merge")}
	}},
	{"parents swapped", func(w *town) []string {
		sha := w.land(landing{path: "staging/web.nomad", text: "two\n", candidate: func(c *pull.Candidate) {
			one, other := "parent "+c.Base+"\n", "parent "+c.Head+"\n"
			c.Payload = strings.Replace(c.Payload, one+other, other+one, 1)
		}, anyway: true})
		return []string{at(sha, "parents-differ")}
	}},
	{"a third parent", func(w *town) []string {
		more := w.put(w.content[w.tip].with("prod/api.nomad", "evil\n"), []string{w.tip}, "mallory", "More", nil)
		sha := w.land(landing{path: "staging/web.nomad", text: "two\n", candidate: func(c *pull.Candidate) {
			c.Payload = strings.Replace(c.Payload, "parent "+c.Head+"\n", "parent "+c.Head+"\nparent "+more+"\n", 1)
		}, anyway: true})
		return []string{at(sha, "parents-differ"), at(sha, "commit-unseen")}
	}},
	{"a confirmation for another merge", func(w *town) []string {
		sha := w.land(landing{path: "prod/api.nomad", text: "three\n", anyway: true, evidence: func(world *reconcile.World) {
			world.Confirmations = []pull.Confirmation{confirmation(pull.Binding{Repo: 7, Number: w.number, Branch: "main", Base: w.tip,
				Head: world.Request.Head.SHA, Tree: world.Request.Test.Tree, Merge: strings.Repeat("cd", 20), Policy: world.Request.Policy.Blob,
				Method: pull.MethodExact})}
		}})
		return []string{at(sha, "awaiting-push")}
	}},
	{"a confirmation that was denied", func(w *town) []string {
		sha := w.land(landing{path: "prod/api.nomad", text: "three\n", statement: func(l *attest.Landing) {
			l.Evidence.Confirmations[0].State = pull.PromptDenied
		}})
		return []string{at(sha, "duo-denied"), at(sha, "statement-inconsistent")}
	}},
	{"no confirmation", func(w *town) []string {
		sha := w.land(landing{path: "prod/api.nomad", text: "three\n", statement: func(l *attest.Landing) { l.Evidence.Confirmations = nil }})
		return []string{at(sha, "awaiting-push")}
	}},
	{"an approval by whoever wrote it", func(w *town) []string {
		sha := w.land(landing{path: "prod/api.nomad", text: "three\n", reviewer: "dev", anyway: true})
		return []string{at(sha, "no-admin-approval")}
	}},
	{"an approval of another content", func(w *town) []string {
		sha := w.land(landing{path: "prod/api.nomad", text: "three\n", anyway: true, evidence: func(world *reconcile.World) {
			world.Request.Reviews[0].Commit, world.Request.Reviews[0].Content = w.tip, "other"
		}})
		return []string{at(sha, "no-admin-approval")}
	}},
	{"an approval by somebody without the role", func(w *town) []string {
		sha := w.land(landing{path: "prod/api.nomad", text: "three\n", statement: func(l *attest.Landing) {
			l.Evidence.Request.Standing.Roles[account("ana").ID] = pull.Write
		}})
		return []string{at(sha, "no-admin-approval")}
	}},
	{"an unsigned commit where all must be signed", func(w *town) []string {
		sha := w.land(landing{path: "prod/api.nomad", text: "three\n", unsigned: true, anyway: true})
		return []string{at(sha, "signature-missing")}
	}},
	{"a red check", func(w *town) []string {
		sha := w.land(landing{path: "prod/api.nomad", text: "three\n", statement: func(l *attest.Landing) {
			l.Evidence.Request.Checks[0].Conclusion = "failure"
		}})
		return []string{at(sha, "check-failed")}
	}},
	{"a squash with another tree", func(w *town) []string { return otherTree(w, pull.MethodSquash) }},
	{"a rebase with another tree", func(w *town) []string { return otherTree(w, pull.MethodRebase) }},
	{"a rebase with a commit more", func(w *town) []string {
		method(w, pull.MethodRebase)
		w.land(landing{path: "prod/api.nomad", text: "five\n", method: pull.MethodRebase, line: 2, statement: func(l *attest.Landing) { l.Line = l.Line[1:] }})
		chain := w.chain(2)
		return []string{at(chain[0], "foreign"), at(chain[1], "parents-differ")}
	}},
	{"a rebase that names another commit below it", func(w *town) []string {
		method(w, pull.MethodRebase)
		w.land(landing{path: "prod/api.nomad", text: "five\n", method: pull.MethodRebase, line: 2, statement: func(l *attest.Landing) { l.Line[0] = strings.Repeat("cd", 20) }})
		chain := w.chain(2)
		return []string{at(chain[0], "foreign"), at(chain[1], "line-differs")}
	}},
	{"the same name for other bytes", func(w *town) []string {
		sha := w.land(landing{path: "prod/api.nomad", text: "three\n", statement: func(l *attest.Landing) { l.CommitSHA256 = strings.Repeat("00", 32) }})
		return []string{at(sha, "sha256-differs")}
	}},
	{"no SHA-256 at all", func(w *town) []string {
		sha := w.land(landing{path: "prod/api.nomad", text: "three\n", statement: func(l *attest.Landing) { l.CommitSHA256 = "" }})
		return []string{at(sha, "sha256-differs")}
	}},
	{"a pull request that lands twice", func(w *town) []string {
		w.number--
		return []string{at(w.land(landing{path: "prod/api.nomad", text: "three\n"}), "pull-request-twice")}
	}},
	{"a landing that is not in the ledger", func(w *town) []string {
		sha := w.land(landing{path: "prod/api.nomad", text: "three\n", statement: func(l *attest.Landing) { l.Ledger.Row.At = l.Ledger.Row.At.Add(time.Second) }})
		return []string{at(sha, "ledger-unproved")}
	}},
	{"a ledger's row of another landing", func(w *town) []string {
		var earlier attest.Inclusion
		w.land(landing{path: "prod/api.nomad", text: "three\n", statement: func(l *attest.Landing) { earlier = l.Ledger }})
		sha := w.land(landing{path: "prod/api.nomad", text: "four\n", statement: func(l *attest.Landing) { l.Ledger = earlier }})
		return []string{at(sha, "ledger-row-differs"), at(sha, "ledger-shrank")}
	}},
	{"a ledger that was rolled back", func(w *town) []string {
		w.land(landing{path: "prod/api.nomad", text: "five\n"})
		w.rows, w.last = w.rows[:1], ""
		return []string{at(w.land(landing{path: "prod/api.nomad", text: "three\n"}), "ledger-shrank")}
	}},
	{"a ledger that was rewritten", func(w *town) []string {
		w.land(landing{path: "prod/api.nomad", text: "three\n"})
		last := w.last
		w.rows, w.last = nil, ""
		for range 3 {
			w.record(pull.Binding{}, "", pull.MethodExact, w.bot)
		}
		w.last = last
		return []string{at(w.land(landing{path: "prod/api.nomad", text: "four\n"}), "ledger-forked")}
	}},
	{"a commit that the bot did not sign", func(w *town) []string {
		w.land(landing{path: "prod/api.nomad", text: "three\n", unnoted: true})
		return []string{at(unsign(w), "signature-missing")}
	}},
	{"a retired key signs after its successor", func(w *town) []string {
		old := w.bot
		w.bot = newKey(w.t, "Sallyport", noon.Add(-time.Minute))
		w.older = [][]byte{old.PublicKey()}
		w.land(landing{path: "prod/api.nomad", text: "three\n"})
		return []string{at(w.land(landing{path: "prod/api.nomad", text: "four\n", signer: old}), "signer-retired")}
	}},
	{"a policy text that does not belong", func(w *town) []string {
		sha := w.land(landing{path: "prod/api.nomad", text: "three\n", statement: func(l *attest.Landing) { l.Policy.SHA256 = strings.Repeat("00", 32) }})
		return []string{at(sha, "statement-inconsistent")}
	}},
	{"approvals that the evidence does not show", func(w *town) []string {
		sha := w.land(landing{path: "prod/api.nomad", text: "three\n", statement: func(l *attest.Landing) { l.Approvals[0].Account.Login = "bo" }})
		return []string{at(sha, "statement-inconsistent")}
	}},
}

// Each forgery is of a history that was good before.
func TestThreat56And58ForgedHistoriesAreFound(t *testing.T) {
	for _, f := range forgeries {
		t.Run(f.name, func(t *testing.T) {
			w := newTown(t)
			w.land(landing{path: "prod/api.nomad", text: "two\n"})
			want := f.forge(w)
			r := w.verify(w.options())
			got := codes(r)
			for _, code := range want {
				if !slices.Contains(got, code) {
					t.Errorf("%q was not found, only %q", code, got)
				}
			}
			if r.Verdict != Bad {
				t.Errorf("the verdict is %v", r.Verdict)
			}
		})
	}
}

const lax = `version: 1
rules:
  - name: anything goes
    paths: ["**"]
    require: {}
automerge: {method: exact}
`

func policyOf(w *town, world *reconcile.World, text string) {
	other := parsePolicy(w.t, text)
	world.Rulebook = other
	world.Request.Policy = pull.Source{Path: ".sallyport.yml", Text: text, Blob: w.write("blob", []byte(text))}
}

func confirmation(b pull.Binding) pull.Confirmation {
	return pull.Confirmation{ID: 1, Binding: b, Person: "dev", Account: account("dev"), DuoUser: "dev.duo", Role: "author", State: pull.PromptAllowed, Txid: "tx"}
}

func method(w *town, m string) { w.from = w.foreign(".sallyport.yml", replaceMethod(m)) }

// otherTree lands something else than was approved, by a method where GitHub makes the commit.
func otherTree(w *town, m string) []string {
	method(w, m)
	w.land(landing{path: "staging/web.nomad", text: "two\n", method: m})
	evil := w.content[w.tip].with("prod/api.nomad", "evil\n")
	world := w.propose(landing{path: "staging/web.nomad", text: "three\n", method: m, unsigned: true})
	sha := w.commit(payload(w.tree(evil), []string{w.tip}, "web", "Squash", w.clock), nil, w.clock)
	d := world.Decide()
	l := d.Describe(pull.Landed{SHA: sha, Tree: world.Request.Test.Tree, Parents: []string{w.tip}}, "")
	l.Ledger = w.record(d.Binding, sha, m, w.bot)
	w.tip = sha
	w.ref("refs/heads/main", sha)
	w.attest(sha, w.seal(l, w.bot))
	return []string{at(sha, "tree-differs"), at(sha, "tree-not-the-merge"), at(sha, "signature-missing")}
}

// unsign replaces the landed commit by one of the same content without a signature, attested as it is.
func unsign(w *town) string {
	text, _, _, err := parse(w.object(w.tip)).object.Signed()
	check(w, err)
	return w.instead(text)
}

// instead has other bytes stand in the place of the landed commit, attested as they are.
func (w *town) instead(raw []byte) string {
	sealed := w.lastStatement
	w.tip = w.write("commit", raw)
	w.ref("refs/heads/main", w.tip)
	sealed.Merge, sealed.CommitSHA256 = w.tip, digest(raw)
	w.attest(w.tip, w.seal(sealed, w.bot))
	return w.tip
}

// edit changes a sealed statement and leaves the signature as it is.
func edit(w *town, envelope string, change func(string) string) string {
	var e map[string]any
	check(w, json.Unmarshal([]byte(envelope), &e))
	text, err := base64.StdEncoding.DecodeString(fmt.Sprint(e["payload"]))
	check(w, err)
	changed := change(string(text))
	if changed == string(text) {
		w.t.Fatal("the statement was not changed")
	}
	e["payload"] = base64.StdEncoding.EncodeToString([]byte(changed))
	out, err := json.Marshal(e)
	check(w, err)
	return string(out)
}

func check(w *town, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}
