package duobot

import (
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// ungrouped reports whether the landing goes through GitHub's merge queue and the queue has built nothing yet: there is no
// M that a phone could show.
func (c Case) ungrouped() bool { return c.Binding.Method == pull.MethodQueue && c.Binding.Merge == "" }

// turnedDown finds the latest prompt about an earlier group of this very head that came to nothing. The queue builds its
// groups anew as it likes, and a person who said no has said it of the change: only a person's request asks again.
func (c Case) turnedDown(current, void []pull.Confirmation) (pull.Confirmation, bool) {
	if c.Binding.Method != pull.MethodQueue {
		return pull.Confirmation{}, false
	}
	i := slices.IndexFunc(void, func(p pull.Confirmation) bool {
		return p.Binding.Method == pull.MethodQueue && p.Binding.Head == c.Binding.Head && p.Binding.Policy == c.Binding.Policy
	})
	if i < 0 || void[i].State == pull.PromptAllowed || void[i].State.Pending() || void[i].State == pull.PromptUnsent {
		return pull.Confirmation{}, false
	}
	_, requested := c.request(current, void)
	return void[i], !requested
}
