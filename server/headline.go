package server

import (
	"cmp"
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// summary is the top of a page: one sentence on what is missing, and one on what happens next.
type summary struct {
	Tone     string // a state's word, or "plain" for what is neither good nor bad
	Word     string
	Sentence string
	Next     string
}

// headline says what a hurried reader must know. A block comes before a wait, whichever gate it is at: it will not
// go away by waiting.
func headline(rec pull.Record) summary {
	req := rec.Request
	switch rec.State {
	case "landed":
		if g := req.Glass; g != nil && g.State == pull.GlassLanded {
			return summary{pull.Block.String(), "Landed past the gates", fmt.Sprintf("Landed on %s as %s by break-glass.", req.Base.Branch, short(rec.LandedSHA)),
				cmp.Or(rec.Next, "Review it as if it were still open.")}
		}
		return summary{pull.Pass.String(), "Landed", fmt.Sprintf("Landed on %s as %s.", req.Base.Branch, short(rec.LandedSHA)), rec.Next}
	case "foreign":
		return summary{pull.Block.String(), "Merged elsewhere",
			fmt.Sprintf("Merged into %s as %s without going through the gates.", req.Base.Branch, short(rec.LandedSHA)),
			cmp.Or(rec.Next, "Look at who merged it and why; the ledger keeps the evidence.")}
	case "closed":
		return summary{"plain", "Closed", "Closed without landing.", cmp.Or(rec.Next, "Reopen it to have it judged again.")}
	case "ungated":
		if v, ok := deciding(rec.Verdicts); ok { // it changes what governs others, or will govern this branch
			return summary{v.State.String(), "Not guarded", v.Lead().Message, cmp.Or(v.Lead().Next, "Nobody has to agree here.")}
		}
		return summary{"plain", "Not guarded", fmt.Sprintf("The branch %s has no policy, so nothing is judged here.", req.Base.Branch),
			"Add a .sallyport.yml to the target branch to guard it."}
	}
	lead, ok := deciding(rec.Verdicts)
	if !ok {
		return summary{pull.Block.String(), word(pull.Block), "Not judged yet.", cmp.Or(rec.Next, "The first look at it is under way.")}
	}
	top := lead.Lead()
	text := summary{lead.State.String(), word(lead.State), cmp.Or(top.Message, "No reason was given."), cmp.Or(top.Next, rec.Next)}
	if lead.State == pull.Pass {
		text.Word = "Ready"
	}
	return text
}

// deciding is the verdict that holds the pull request back: the first block of a gate, else the first that waits,
// else what automerge says.
func deciding(verdicts []pull.Verdict) (pull.Verdict, bool) {
	var found pull.Verdict
	ok := false
	for _, v := range inOrder(verdicts) {
		if !ok || v.State < found.State {
			found, ok = v, true
		}
	}
	if ok && found.State == pull.Pass {
		for _, v := range verdicts {
			if v.Gate == pull.GateAutomerge {
				return v, true
			}
		}
	}
	return found, ok
}
