package automerge

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// Batch says how many pull requests may land by one movement of the branch, and what CI must say of them together. The zero
// Batch has each land by itself.
type Batch struct {
	Size int
	// Checks must succeed on the batch's head; without any, it is not tested together.
	Checks []string
	// Deadline is how long they may take; 0 means BatchDeadline.
	Deadline time.Duration
}

// The bounds of a batch's size, and how long CI may take where the policy says nothing.
const (
	SmallestBatch = 2
	LargestBatch  = 20
	BatchDeadline = time.Hour
)

// Tests reports whether a batch is tested together, on a branch of its own.
func (b Batch) Tests() bool { return len(b.Checks) > 0 }

// Wait is how long CI may take.
func (b Batch) Wait() time.Duration {
	if b.Deadline > 0 {
		return b.Deadline
	}
	return BatchDeadline
}

// Bound is how many the next batch may hold: half of one that was red, so that whoever broke it is found in as many steps as
// their number has binary digits; twice as many as one that landed, up to the policy's size.
func (b Batch) Bound(last *pull.Batch) int {
	switch {
	case last == nil || last.Bound < 1:
		return b.Size
	case last.State == pull.BatchRed:
		return min(b.Size, max(1, len(last.Members)/2))
	case last.State == pull.BatchLanded:
		return min(b.Size, 2*last.Bound)
	}
	return min(b.Size, last.Bound)
}

// Batches is how r lands together with others; the zero Batch where it does not.
func (p *Policy) Batches(r pull.Request) Batch {
	if p == nil || p.MethodFor(r) != pull.MethodExact {
		return Batch{}
	}
	return p.Batch
}

// Try is what is known of a batch's test: its checks on the head, since when they could run, and the present.
type Try struct {
	Policy Batch
	Have   []pull.Check
	Rules  []pull.RequiredCheck // of branch and policy: what they expect of an app, nobody else says here either
	App    int64                // our own app, whose checks never count
	Since  time.Time
	At     time.Time
}

// Sources are the checks that the branch's rules and the policy expect of an app, or of anybody.
func (p *Policy) Sources(rules []pull.RequiredCheck) []pull.RequiredCheck {
	all := slices.Clone(rules)
	for _, c := range p.Checks {
		all = append(all, pull.RequiredCheck{Name: c.Name, App: c.App, From: byPolicy})
	}
	return all
}

// Tried judges what CI says of a batch's head: pass once every check succeeded, block when one failed or did not come in time.
func Tried(t Try) (pull.State, pull.Reason) {
	late := !t.At.Before(t.Since.Add(t.Policy.Wait()))
	waits := pull.Reason{}
	for _, name := range t.Policy.Checks {
		r, found := t.check(name)
		switch {
		case r.State == pull.Block && found:
			return pull.Block, r
		case r.State != pull.Pass && late:
			r.Code, r.State = "batch-check-late", pull.Block
			r.Message = fmt.Sprintf("The check %q did not end within %s.", name, t.Policy.Wait())
			r.Next = "See whether its workflow runs on pushes to the branch sallyport/staging/**, or give it more time with automerge.batch.deadline."
			return pull.Block, r
		case r.State != pull.Pass && waits.Code == "":
			waits = r
		}
	}
	if waits.Code != "" {
		return pull.Wait, waits
	}
	return pull.Pass, pull.Reason{Code: "batch-green", State: pull.Pass, Message: "CI is green on the batch's head."}
}

// check is what every check run and status of the name comes to, the worst of them.
func (t Try) check(name string) (worst pull.Reason, found bool) {
	worst = pull.Reason{Code: "batch-check-missing", State: pull.Wait, Evidence: map[string]string{"check": name},
		Message: fmt.Sprintf("The check %q has not reported on the batch's head.", name), Next: "Nothing to do: it is awaited."}
	for _, c := range t.Have {
		if c.Name != name || c.App != 0 && c.App == t.App || strings.HasPrefix(c.Name, ownPrefix) || !t.expects(c) {
			continue
		}
		r := ranAs(name, c)
		if !found || r.State < worst.State {
			worst = r
		}
		found = true
	}
	return worst, found
}

// expects reports whether the branch's rules and the policy leave it to whoever reported the check to say anything by its name.
func (t Try) expects(c pull.Check) bool {
	return !slices.ContainsFunc(t.Rules, func(r pull.RequiredCheck) bool { return r.Name == c.Name && r.App != 0 && r.App != c.App })
}

func ranAs(name string, c pull.Check) pull.Reason {
	evidence := map[string]string{"check": name}
	if c.URL != "" {
		evidence["see"] = c.URL
	}
	switch {
	case c.Green():
		return pull.Reason{Code: "batch-green", State: pull.Pass, Evidence: evidence, Message: fmt.Sprintf("The check %q succeeded.", name)}
	case !c.Done():
		return pull.Reason{Code: "batch-check-pending", State: pull.Wait, Evidence: evidence, Next: "Nothing to do: it is awaited.",
			Message: fmt.Sprintf("The check %q runs on the batch's head.", name)}
	}
	evidence["conclusion"] = c.Conclusion
	return pull.Reason{Code: "batch-check-failed", State: pull.Block, Evidence: evidence, Next: "Mend the cause.",
		Message: fmt.Sprintf("The check %q ended as %s on the batch's head.", name, c.Conclusion)}
}

// failedAlone holds back a pull request on which CI failed although nothing else was with it, until it changes or somebody
// asks to try again.
func (c Case) failedAlone() []pull.Reason {
	b := c.Red
	if b == nil || len(b.Members) != 1 || b.Members[0].Candidate.Head != c.Request.Head.SHA || b.EndedAt.Before(c.Rechecked) || b.Why == nil {
		return nil
	}
	return []pull.Reason{{Code: "batch-red", State: pull.Block, Evidence: b.Why.Evidence, Because: []pull.Reason{*b.Why},
		Message: fmt.Sprintf("It was tested on top of %s as %.10s, and failed: %s", b.Branch, b.Head, b.Why.Message),
		Next:    "Push a mend, or comment /sallyport recheck to have it tested again."}}
}

// besides says how others land meanwhile, and why this one is not among them.
func (c Case) besides() []pull.Reason {
	b := c.Ahead
	if b == nil || b.Place(c.Request.Number) >= 0 {
		return nil
	}
	r := pull.Reason{Code: "batch-ahead", State: pull.Wait, Message: fmt.Sprintf("%s land together first, as %.10s.", b.Listed(), b.Head),
		Next: "Nothing to do: its turn comes.", Evidence: map[string]string{"batch": b.Head, "state": string(b.State)}}
	for _, l := range b.LeftOut {
		if l.Number == c.Request.Number {
			r.Because = []pull.Reason{{Code: l.Code, State: pull.Wait, Message: "It was left out of that batch: " + l.Message}}
		}
	}
	return []pull.Reason{r}
}

// together says that it lands in a batch, and how far that has come.
func (c Case) together() []pull.Reason {
	b := c.Batch
	if b == nil || c.Binding.Batch == "" {
		return nil
	}
	place := b.Place(c.Request.Number)
	if place < 0 {
		return nil
	}
	how := map[pull.BatchState]string{pull.BatchTesting: "CI is testing it", pull.BatchAsking: "its people are asked", pull.BatchLanding: "it is landing"}[b.State]
	if how == "" {
		how = string(b.State)
	}
	message := fmt.Sprintf("It is to land as %.10s, and %s.", b.Head, how)
	if len(b.Members) > 1 {
		message = fmt.Sprintf("It lands together with %s as number %d of %d; the batch's head is %.10s, and %s.",
			(&pull.Batch{Members: without(b.Members, place)}).Listed(), place+1, len(b.Members), b.Head, how)
	}
	return []pull.Reason{{Code: "in-batch", State: pull.Wait, Evidence: map[string]string{"batch": b.Head, "state": string(b.State)},
		Message: message, Next: "Nothing to do: it lands when every member's gates pass."}}
}

func without(members []pull.BatchMember, place int) []pull.BatchMember {
	rest := append([]pull.BatchMember{}, members[:place]...)
	return append(rest, members[place+1:]...)
}

// refusedInBatch reports whether a landing of this very head was turned down for good together with others: what GitHub said then
// was not said of the others, as far as anybody knows, and asking people once more would not help.
func (c Case) refusedInBatch(b pull.Binding) bool {
	now := c.Binding
	return b.Batch != "" && b.Branch == now.Branch && b.Head == now.Head && b.Policy == now.Policy && b.Method == now.Method
}
