package chaos

import (
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/internal/duotest"
	"github.com/sallyport/sallyport/internal/githubtest"
)

// harmless are Duo's endpoints that change nothing and that nothing waits for.
var harmless = []string{"ping", "check"}

// Escaped names the writes to GitHub and the calls of Duo that were made and that no row of the matrix lets go wrong.
func Escaped(calls []githubtest.Call, duo *duotest.Server) []string {
	var out []string
	for _, c := range calls {
		known := !c.Write || slices.ContainsFunc(Effects, func(e Effect) bool { return e.GitHub.Strikes(c) })
		if text := fmt.Sprintf("%s (%s)", c, c.Route); !known && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	for _, endpoint := range duo.Endpoints() {
		if !slices.Contains(harmless, endpoint) && !slices.ContainsFunc(Effects, func(e Effect) bool { return e.Duo == endpoint }) {
			out = append(out, "Duo's "+endpoint)
		}
	}
	return out
}
