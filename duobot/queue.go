package duobot

import (
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// ungrouped reports whether the landing goes through GitHub's merge queue and the queue has built nothing yet: there is no
// M that a phone could show.
func (c Case) ungrouped() bool { return c.Binding.Method == pull.MethodQueue && c.Binding.Merge == "" }

// turnedDown finds the latest prompt about an earlier group, or batch, of this very head that came to nothing. These are made
// anew as others come and go, and a person who said no has said it of the change: only a person's request asks again.
func (c Case) turnedDown(current, void []pull.Confirmation) (pull.Confirmation, bool) {
	i := slices.IndexFunc(void, func(p pull.Confirmation) bool {
		anew := p.Binding.Method == pull.MethodQueue || p.Binding.Batch != "" // what would land is made anew as others come and go
		return anew && p.Binding.Method == c.Binding.Method && p.Binding.Head == c.Binding.Head && p.Binding.Policy == c.Binding.Policy
	})
	if i < 0 || void[i].State == pull.PromptAllowed || void[i].State.Pending() || void[i].State == pull.PromptUnsent {
		return pull.Confirmation{}, false
	}
	_, requested := c.request(current, void)
	return void[i], !requested
}
