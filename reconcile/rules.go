package reconcile

import (
	"sync"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

// rules remembers policies that were parsed: many pull requests are judged by one text. The zero value is ready.
type rules struct {
	mu     sync.Mutex
	parsed map[pull.Source]rulebook
}

type rulebook struct {
	policy    config.Policy
	bulldozer config.Bulldozer // where the text is bulldozer's
	problems  *config.Problems
}

// rulesKept bounds the memory; repositories rarely have more than a few target branches.
const rulesKept = 256

// parse reads a policy. A method that puts every commit on the target branch has every commit governed.
func (r *rules) parse(source pull.Source) (config.Policy, *config.Problems) {
	if !source.Present() || source.Unreadable != "" {
		return config.Policy{}, nil
	}
	book := r.read(source, func() rulebook {
		policy, problems := config.ParsePolicy(source.Path, []byte(source.Text))
		if policy.Automerge.Replays() {
			policy.Approval.History = approval.EveryCommit
		}
		return rulebook{policy: policy, problems: problems}
	})
	return book.policy, book.problems
}

// read gives what a text was parsed to, or parses it.
func (r *rules) read(source pull.Source, parse func() rulebook) rulebook {
	r.mu.Lock()
	defer r.mu.Unlock()
	if book, ok := r.parsed[source]; ok {
		return book
	}
	if len(r.parsed) >= rulesKept || r.parsed == nil {
		r.parsed = map[pull.Source]rulebook{}
	}
	book := parse()
	book.problems = tellable(source, book.problems)
	r.parsed[source] = book
	return book
}

// tellable are the problems of a file as anybody may read them who sees the pull request: those of another repository's
// file, or of the server's, hold nothing of its text.
func tellable(source pull.Source, problems *config.Problems) *config.Problems {
	if _, _, elsewhere := source.Elsewhere(); elsewhere || source.FromServer() {
		return problems.Discreet()
	}
	return problems
}
