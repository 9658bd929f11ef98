package automerge

import (
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// turnReasons says that all is green but another pull request goes first.
func (c Case) turnReasons() []pull.Reason {
	if c.Turn == nil || c.Turn.Holds {
		return nil
	}
	return []pull.Reason{{Code: "awaiting-turn", State: pull.Wait,
		Message: fmt.Sprintf("Another pull request is landing on %s first.", c.Turn.Branch),
		Next:    "Nothing to do: its turn comes.", Because: c.besides()}}
}
