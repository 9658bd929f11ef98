package reconcile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// CheckName is a gate's check run for a pull request into branch. A check belongs to a SHA, not to a pull request:
// the plain name speaks for the default branch alone, so that a lax branch cannot turn a head green for it.
func CheckName(gate pull.Gate, branch, defaultBranch string) string {
	name := "sallyport/" + string(gate)
	if branch == defaultBranch {
		return name
	}
	return name + ": " + branch
}

func (d Decision) name(gate pull.Gate) string {
	return CheckName(gate, d.Request.Base.Branch, d.Request.Repo.DefaultBranch)
}

// names are our check runs as far as their names go.
func (d Decision) names() []pull.Report {
	var out []pull.Report
	for _, gate := range pull.Gates {
		if d.judged() {
			out = append(out, pull.Report{Name: d.name(gate)})
		}
	}
	if d.byLandingFile() {
		out = append(out, pull.Report{Name: d.name(pull.GateAutomerge)})
	}
	return out
}

// reports are our check runs as they should stand. Where several pull requests share head and target, the worst
// verdict is what is written.
func (d Decision) reports(gates []pull.Verdict) []pull.Report {
	var out []pull.Report
	for _, v := range gates {
		out = append(out, d.report(d.worst(v)))
	}
	return out
}

func (d Decision) worst(v pull.Verdict) pull.Verdict {
	for _, sibling := range d.Siblings {
		for _, other := range sibling.Verdicts {
			if other.Gate == v.Gate && other.State < v.State {
				v = other
				v.Reasons = append([]pull.Reason{shared(sibling, other)}, v.Reasons...)
			}
		}
	}
	return v
}

func shared(sibling pull.Record, v pull.Verdict) pull.Reason {
	return pull.Reason{Code: "shared-head", State: v.State,
		Message: fmt.Sprintf("#%d shares this head, and there: %s", sibling.Key.Number, v.Lead().Message),
		Next:    fmt.Sprintf("Settle or close #%d, or push a commit of its own here.", sibling.Key.Number)}
}

func (d Decision) report(v pull.Verdict) pull.Report {
	r := pull.Report{
		Name: d.name(v.Gate), SHA: d.Request.Head.SHA, Title: clip(v.Lead().Message, 250),
		Summary: summary(v), Buttons: v.Buttons, Annotations: v.Annotations,
		DetailsURL: fmt.Sprintf("%s/%s/pull/%d", d.PublicURL, d.Request.Repo.FullName(), d.Request.Number),
	}
	if v.Gate == pull.GateApproval || !d.judged() {
		r.Text = clip(d.effects()+d.waits(), summaryLimit)
	}
	switch {
	case v.State == pull.Pass:
		r.Status, r.Conclusion = "completed", "success"
	case v.State == pull.Wait && v.Gate == pull.GateAutomerge:
		// Most pull requests of such a repository wait for somebody's word: nothing is under way, and nothing is amiss.
		r.Status, r.Conclusion = "completed", "neutral"
	case v.State == pull.Wait && v.Gate == pull.GateDuo && d.asksOnGroup():
		// Nothing could enter the queue while this waits, and phones ring inside. The group's own check says no until then.
		r.Status, r.Conclusion = "completed", "neutral"
	case v.State == pull.Wait:
		r.Status = "in_progress"
	case len(v.Buttons) > 0:
		r.Status, r.Conclusion = "completed", "action_required"
	default:
		r.Status, r.Conclusion = "completed", "failure"
	}
	r.ExternalID = digest(r)
	return r
}

// asksOnGroup reports whether people confirm what the target's merge queue built: then nothing lands by the head's checks alone.
func (d Decision) asksOnGroup() bool {
	return d.Binding.Method == pull.MethodQueue && d.Request.Rules.Queue && d.Request.Rules.Unreadable == ""
}

// digest names the content of a report, so that an unchanged one is recognised on GitHub and not written again.
func digest(r pull.Report) string {
	text, err := json.Marshal(r)
	if err != nil {
		panic(fmt.Sprintf("a report is plain values: %v", err))
	}
	sum := sha256.Sum256(text)
	return "sallyport:" + hex.EncodeToString(sum[:16])
}

// summaryLimit is GitHub's bound on a check run's summary, in characters.
const summaryLimit = 65000

// summary writes the reasons as a tree in markdown. A broken policy leads with its position, for machines and people.
func summary(v pull.Verdict) string {
	var b strings.Builder
	if lead := v.Lead(); slices.Contains([]string{"policy-invalid", "policy-unreadable", "landing-invalid", "landing-unreadable"}, lead.Code) {
		b.WriteString(lead.Message + "\n\n")
	}
	tree(&b, v.Reasons, 0)
	if next := v.Lead().Next; next != "" {
		fmt.Fprintf(&b, "\n**Next:** %s\n", escape(next))
	}
	return clip(b.String(), summaryLimit)
}

var marks = map[pull.State]string{pull.Pass: "✅", pull.Wait: "⏳", pull.Block: "⛔"}

func tree(b *strings.Builder, reasons []pull.Reason, depth int) {
	for _, r := range reasons {
		fmt.Fprintf(b, "%s- %s %s `%s`%s\n", strings.Repeat("  ", depth), marks[r.State], escape(r.Message), r.Code, evidence(r))
		tree(b, r.Because, depth+1)
	}
}

func evidence(r pull.Reason) string {
	if len(r.Evidence) == 0 {
		return ""
	}
	var parts []string
	for k, v := range r.Evidence {
		parts = append(parts, k+": "+escape(v))
	}
	sort.Strings(parts)
	return " — " + strings.Join(parts, ", ")
}

// escape keeps names and titles that others chose from being read as markdown, mentions or markup.
var escape = strings.NewReplacer(
	"\\", "\\\\", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[", "]", "\\]", "<", "&lt;", ">", "&gt;", "@", "@\u200b",
	"\n", " ", "\r", " ", "|", "\\|", "#", "\\#").Replace

func clip(s string, limit int) string {
	runes := []rune(s)
	if len(runes) <= limit {
		return s
	}
	return string(runes[:limit-1]) + "…"
}

// waits tells what has to land before, which holds back the landing and no gate.
func (d Decision) waits() string {
	var b strings.Builder
	if reasons := automerge.Waits(d.Request); len(reasons) > 0 {
		b.WriteString("\n\n**It lands after others**\n\n")
		tree(&b, reasons, 0)
	}
	return b.String()
}
