package server

import (
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// need is one thing that is missing: what, who can provide it, and the smallest next step.
type need struct {
	Gate      string // as people call it
	State     pull.State
	What      string
	Who       []string // logins
	More      string   // "and 7 more", where not all are named
	Next      string
	Rules     []string // that ask for it, by name; MoreRules counts those that are not named
	MoreRules int
}

// fewRules are named of those that ask for the same.
const fewRules = 3

// needsOf lists what an open pull request lacks, at every gate that does not pass; what only waits for other gates is
// no need of its own. When the gates have all passed, it is what holds the landing back.
func needsOf(rec pull.Record) []need {
	var missing []need
	for _, v := range inOrder(rec.Verdicts) {
		if v.State == pull.Pass || v.Gate == pull.GateAutomerge && len(missing) > 0 || waitsForOthers(v) {
			continue
		}
		for _, r := range v.Reasons {
			if r.State != pull.Pass {
				missing = gather(missing, needOf(v.Gate, r))
			}
		}
	}
	return missing
}

// gather puts together what several rules ask for in the same words.
func gather(all []need, n need) []need {
	at := slices.IndexFunc(all, func(o need) bool { return o.Gate == n.Gate && o.What == n.What && o.Next == n.Next })
	switch {
	case at < 0:
		return append(all, n)
	case len(all[at].Rules) < fewRules:
		all[at].Rules = append(all[at].Rules, n.Rules...)
	default:
		all[at].MoreRules += len(n.Rules)
	}
	return all
}

// waitsForOthers is a gate whose time has not come.
func waitsForOthers(v pull.Verdict) bool {
	return v.State == pull.Wait && v.Lead().Code == "awaiting-other-gates"
}

func needOf(gate pull.Gate, r pull.Reason) need {
	n := need{Gate: string(gate), State: r.State, What: r.Message, Next: r.Next}
	if q, ok := questions[gate]; ok {
		n.Gate = q[0]
	}
	if rule := r.Evidence["rule"]; rule != "" {
		n.Rules = []string{rule}
	}
	n.Who, n.More = able(r)
	return n
}

// able names the people whom the reasons themselves name as able to provide what is missing. Nobody else is looked up:
// what the judge did not say may be a membership that GitHub would not show.
func able(r pull.Reason) (who []string, more string) {
	if r.State == pull.Pass {
		return nil, ""
	}
	named := r.Evidence["candidates"]
	if named == "" && r.State == pull.Wait {
		named = r.Evidence["account"]
	}
	for _, word := range strings.Split(named, ", ") {
		word, rest, cut := strings.Cut(word, " and ")
		if word != "" && !slices.Contains(who, word) {
			who = append(who, word)
		}
		if cut {
			more = "and " + rest
		}
	}
	for _, because := range r.Because {
		others, rest := able(because)
		for _, name := range others {
			if !slices.Contains(who, name) {
				who = append(who, name)
			}
		}
		if more == "" {
			more = rest
		}
	}
	return who, more
}

// leadOf takes the need that the top of the page speaks of from the others.
func leadOf(top summary, all []need) (*need, []need) {
	at := slices.IndexFunc(all, func(n need) bool { return n.What == top.Sentence })
	if at < 0 {
		return nil, all
	}
	return &all[at], slices.Concat(all[:at], all[at+1:])
}

// waitsFor reports whether somebody of this login can bring the pull request on: by providing what is missing, or, as
// its author, by changing what is blocked.
func waitsFor(rec pull.Record, login string) bool {
	if login == "" {
		return false
	}
	for _, n := range needsOf(rec) {
		if n.State == pull.Block && strings.EqualFold(rec.Request.Author.Login, login) ||
			slices.ContainsFunc(n.Who, func(name string) bool { return strings.EqualFold(name, login) }) {
			return true
		}
	}
	return false
}

// step is one of the stations between a proposal and its landing.
type step struct {
	Name, About string
	Tone        string // a state's word, or "plain" for what is still to come or not needed
	Word        string
	Now         bool
}

// stepsOf tells somebody who sees this for the first time where the pull request is on its way.
func stepsOf(rec pull.Record) []step {
	by := map[pull.Gate]pull.Verdict{}
	for _, v := range rec.Verdicts {
		by[v.Gate] = v
	}
	landing := step{Name: "Landing", About: "The branch moves, and what landed is checked.", Tone: "plain", Word: "Later"}
	steps := []step{
		stepOf("Review", "People whom the policy names agree to these paths.", by, pull.GateApproval),
		stepOf("Signatures", "Every commit is vouched for by a known key.", by, pull.GateSignatures),
		stepOf("Checks and turn", "CI is green, and nothing else lands first.", by, pull.GateAutomerge),
		stepOf("Phone", "A human confirms this very merge.", by, pull.GateDuo),
	}
	if rec.State == "landed" {
		landing.Tone, landing.Word = "pass", "Done"
		steps[2].Tone, steps[2].Word = "pass", "Done"
	}
	steps = append(steps, landing)
	for i := range steps {
		if steps[i].Tone == "wait" || steps[i].Tone == "block" {
			steps[i].Now = true
			break
		}
	}
	return steps
}

func stepOf(name, about string, by map[pull.Gate]pull.Verdict, gate pull.Gate) step {
	s := step{Name: name, About: about, Tone: "plain", Word: "Later"}
	v, ok := by[gate]
	lead := v.Lead().Code
	switch {
	case !ok || waitsForOthers(v) || gate == pull.GateAutomerge && strings.HasPrefix(lead, "gate-"):
	case v.State == pull.Pass && strings.HasSuffix(lead, "not-required"):
		s.Word = "Not needed"
	case v.State == pull.Pass:
		s.Tone, s.Word = "pass", "Done"
	default:
		s.Tone, s.Word = v.State.String(), word(v.State)
	}
	return s
}
