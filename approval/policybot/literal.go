package policybot

import (
	"maps"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// twofold is a predicate that holds less often in our careful reading than in policy-bot's own. Careful is that only where
// the predicate lets a change pass: where it asks for more, as an "if" of a strict rule or of the disapproval, what does
// not hold asks for nothing. Therefore such a policy is judged by both readings.
type twofold interface {
	Condition
	// literal is what policy-bot would answer. What it saw and we did not counts as holding: that asks for more, and it
	// lets nothing pass, since our own reading is judged, too.
	literal(h *hearing) finding
}

// readTwice reports whether some predicate of the policy has two readings.
func (p Policy) readTwice() bool {
	differs := func(list []Condition) bool { return slices.ContainsFunc(list, isTwofold) }
	return p.Disapproval != nil && differs(p.Disapproval.If) || slices.ContainsFunc(p.Rules, func(r Rule) bool {
		return differs(r.If) || differs(r.Requires.Conditions)
	})
}

func isTwofold(c Condition) bool {
	switch c := c.(type) {
	case HasContributorsIn:
		return c.Only
	case MatchesProperties:
		return c.None
	}
	_, ok := c.(twofold)
	return ok
}

// read judges a predicate by the hearing's reading.
func (h *hearing) read(c Condition) finding {
	if !h.literally || !isTwofold(c) {
		return c.judge(h)
	}
	f := c.(twofold).literal(h)
	f.saw += ", as policy-bot reads it"
	return f
}

// literal knows no co-authors and no pusher, and leaves out commits that GitHub attributes to nobody.
func (c HasContributorsIn) literal(h *hearing) finding {
	who, _ := h.contributors(false)
	for _, a := range who {
		if in, _ := h.among(a, c.Actors); in == no && a.Login != webFlow {
			return found(false, "contributor "+a.Login)
		}
	}
	return found(true, "contributors "+series(logins(who), "and"))
}

// literal knows no co-authors and no pusher; a commit that GitHub attributes to nobody is another's.
func (c AuthorIsOnlyContributor) literal(h *hearing) finding {
	author := h.request.Author
	for _, commit := range h.request.Commits {
		web := commit.ByGitHub || commit.Committer.Login == webFlow
		if commit.Author.ID != author.ID || !web && commit.Committer.ID != author.ID {
			return found(!c.Want, "somebody else made commit "+short(commit.SHA))
		}
	}
	return found(c.Want, "only "+author.Login)
}

// literal reads the check run where a commit status has the same name. Of the check runs of several apps policy-bot reads
// one, and any may be that one.
func (c HasStatus) literal(h *hearing) finding {
	runs, statuses := map[string][]outcome{}, map[string][]outcome{}
	for _, check := range h.request.Checks {
		kind := statuses
		if check.Kind == pull.CheckRun {
			kind = runs
		}
		kind[check.Name] = append(kind[check.Name], outcome{check.Name, check.Done(), check.Conclusion})
	}
	maps.Copy(statuses, runs)
	var seen []outcome
	for _, same := range statuses {
		seen = append(seen, likeliest(same, c.Conclusions))
	}
	return concluded(seen, c.Statuses, c.Conclusions)
}

// likeliest is one of several outcomes: one that is accepted, where there is one.
func likeliest(same []outcome, accepted []string) outcome {
	if i := slices.IndexFunc(same, func(o outcome) bool { return o.done && slices.Contains(accepted, o.conclusion) }); i >= 0 {
		return same[i]
	}
	return same[0]
}

// literal knows no unfinished runs: the one before still stands, and how that ended was not read.
func (c HasWorkflowResult) literal(h *hearing) finding {
	var seen []outcome
	for _, w := range h.request.Workflows {
		o := outcome{w.Path, true, w.Conclusion}
		if w.Status != "completed" && len(c.Conclusions) > 0 {
			o.conclusion = c.Conclusions[0]
		}
		seen = append(seen, o)
	}
	return concluded(seen, c.Workflows, c.Conclusions)
}

// literal lets no expression match a property with several values.
func (c MatchesProperties) literal(h *hearing) finding {
	return h.properties(slices.Sorted(maps.Keys(c.Patterns)), func(name string, p pull.Property) bool {
		return p.Many || !slices.ContainsFunc(p.Values, func(v string) bool { return anyMatch(c.Patterns[name], v) })
	})
}

// literal is GitHub's verdict on the signatures, which we do not read: every signature might be valid to it.
func (c HasValidSignatures) literal(h *hearing) finding {
	f := h.signedToGitHub(func(pull.Signed) bool { return true })
	return found((f.holds == yes) == c.Want, f.saw)
}

func (c HasValidSignaturesBy) literal(h *hearing) finding {
	return h.signedToGitHub(func(s pull.Signed) bool {
		in, _ := h.among(s.By, c.Actors)
		return !s.Good || in != no
	})
}

// literal knows keys of OpenPGP alone. A key of another id may still have signed with a subkey of that id.
func (c HasValidSignaturesByKeys) literal(h *hearing) finding {
	return h.signedToGitHub(func(s pull.Signed) bool { return !strings.HasPrefix(s.Code, "signature-unsupported-") })
}

// signedToGitHub reports whether each commit is signed, as far as was seen, and might be so as it must be.
func (h *hearing) signedToGitHub(might func(pull.Signed) bool) finding {
	for _, c := range h.request.Commits {
		if c.Signed != nil && (c.Signed.Code == "signature-missing" || !might(*c.Signed)) {
			return found(false, "not so commit "+short(c.SHA))
		}
	}
	return found(true, "every commit may be signed so to GitHub")
}
