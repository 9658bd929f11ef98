package prereceive

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

const policyFile = ".sallyport.yml"

// Demand is whether a push needs a confirmation, and why. The zero value needs none and is given only where every path
// is governed by a rule that asks for none.
type Demand struct {
	Duo   bool
	Why   string
	Paths []string // those that ask for it
}

// Judge says what the policy at the old end of a push asks of the changed paths. It is pure. What only a pull request
// could tell makes a rule govern its paths together with those that follow; a demand that no push can meet is refused.
func Judge(policy *config.Policy, files []pull.File) (Demand, *Refusal) {
	for _, f := range files {
		if approval.Odd(f.Path) {
			return Demand{}, &Refusal{"odd-path", fmt.Sprintf("The path %+q may look like another one.", f.Path), "Rename it"}
		}
	}
	if policy == nil || policy.PolicyBot != nil {
		return Demand{Duo: len(files) > 0, Why: "there is no " + policyFile + " that frees any path", Paths: paths(files)}, nil
	}
	judged := blind(policy.Approval)
	if err := judged.Check(); err != nil {
		return Demand{}, doubtful(err)
	}
	var demand Demand
	for _, g := range approval.Governing(judged, pull.Request{Files: files, Test: pull.TestMerge{State: pull.Clean}}) {
		if g.Index < 0 {
			return Demand{}, &Refusal{"ungoverned", fmt.Sprintf("No rule of the policy matches %s.", g.Files[0].Path),
				"Add a rule for it to " + policyFile + ", by a pull request"}
		}
		duo, beyond := asks(g.Rule.Require)
		special := g.Rule.Special != approval.SpecialAllow && slices.ContainsFunc(g.Files, pull.File.Special)
		switch {
		case beyond:
			return Demand{}, &Refusal{"needs-approver", fmt.Sprintf("The rule %q asks an approver to confirm, which a push cannot bring.", g.Rule.Name),
				"Open a pull request, and let Sallyport land it"}
		case !duo && !special:
			continue
		case !demand.Duo:
			demand.Duo, demand.Why = true, fmt.Sprintf("the rule %q asks for it", g.Rule.Name)
			if !duo {
				demand.Why = "symlinks, submodules and changed modes are never free"
			}
		}
		demand.Paths = append(demand.Paths, paths(g.Files)...)
	}
	return demand, nil
}

// blind makes every condition of the policy one that a push cannot tell.
func blind(p approval.Policy) approval.Policy {
	p.Rules = slices.Clone(p.Rules)
	for i, rule := range p.Rules {
		if !reflect.ValueOf(rule.When).IsZero() {
			p.Rules[i].When = approval.When{Size: []approval.Size{{Total: ">= 1"}}}
		}
	}
	return p
}

// asks reports whether some part of a requirement wants a confirmation, and whether by somebody else than who pushes.
func asks(q approval.Requirement) (duo, beyond bool) {
	duo, beyond = q.Duo != "", q.Duo == approval.DuoApprover || q.Duo == approval.DuoBoth
	for _, part := range slices.Concat(q.All, q.Any) {
		d, b := asks(part)
		duo, beyond = duo || d, beyond || b
	}
	return duo, beyond
}

func paths(files []pull.File) []string {
	all := make([]string, len(files))
	for i, f := range files {
		all[i] = f.Path
	}
	return all
}
