package chaos

import (
	"slices"
	"strings"
)

// history is what the people of the town know to have done: the other side of Sallyport's books.
type history struct {
	authors   map[int]string    // who opened a pull request
	approvals map[int][]consent // admins who approved it, and what they saw
	heads     map[int][]string  // that people saw a pull request have
	green     map[string]bool   // heads that CI was ever green on
	asked     map[int]int       // how often somebody asked for another push
	blind     bool              // GitHub does not notice landings that are pushes
}

type consent struct{ admin, head string }

func newHistory() history {
	return history{authors: map[int]string{}, approvals: map[int][]consent{}, heads: map[int][]string{}, green: map[string]bool{}, asked: map[int]int{}}
}

// note remembers a deed before it is done: what it causes may come before it is over.
func (h history) note(deed string, number int, head string) {
	words := strings.Fields(deed)
	if !slices.Contains(h.heads[number], head) {
		h.heads[number] = append(h.heads[number], head)
	}
	switch {
	case deed == "ci green":
		h.green[head] = true
	case words[0] == "review" && words[2] == "approves":
		h.approvals[number] = append(h.approvals[number], consent{words[1], head})
	case strings.HasSuffix(deed, "/sallyport duo"):
		h.asked[number]++
	}
}
