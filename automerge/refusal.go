package automerge

import "github.com/sallyport/sallyport/pull"

// refusals reports that this very landing was tried and turned down for good: trying again would be turned down
// again, so it waits until something moves or a person asks for a recheck.
func (c Case) refusals() []pull.Reason {
	for _, i := range c.Intents {
		if i.State == pull.IntentRefused && i.Code != "" && i.Binding.Same(c.Binding) {
			return []pull.Reason{{Code: "landing-refused", State: pull.Block,
				Message:  "GitHub refused the landing: " + i.Detail,
				Evidence: map[string]string{"refusal": i.Code, "base": i.Binding.Base, "head": i.Binding.Head},
				Next:     "Mend the setting that GitHub names, then comment /sallyport recheck."}}
		}
	}
	return nil
}
