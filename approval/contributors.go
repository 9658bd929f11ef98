package approval

import (
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// Humans knows which accounts belong to one person. A nil Humans knows nobody.
type Humans interface {
	Same(loginA, loginB string) bool
}

// contributor is an account that shaped the change, and the first trace of how.
type contributor struct {
	account pull.Account
	did     string
	commit  string // SHA; "" where no commit is meant
}

func (c contributor) how() string {
	if c.commit == "" {
		return c.did
	}
	return c.did + " " + pull.ShortSHA(c.commit)
}

// contributors are the accounts that shaped a change, and the doubts that remain about who else did.
type contributors struct {
	list   []contributor
	byID   map[int64]int
	doubts []pull.Reason
	// doubtful says that somebody may have shaped the change who is not in the list.
	doubtful bool
	people   Humans
	twins    map[int64]int // by account id, the contributor of another account who is the same person; -1 for nobody
}

// contributorsOf gathers the author, everyone a commit names and whoever pushed last. What cannot be attributed
// might be anybody's, so it is a doubt for every rule that counts approvals.
// Commits that forget says so of make nobody a contributor, nor does the last push where unpushed is set.
func contributorsOf(r pull.Request, people Humans, forget func(pull.Commit) bool, unpushed bool) contributors {
	c := contributors{list: make([]contributor, 0, len(r.Commits)+2), byID: make(map[int64]int, len(r.Commits)+2),
		people: people, twins: map[int64]int{}}
	c.add(r.Author, "opened the pull request", "")
	var nameless []string
	for _, commit := range r.Commits {
		if forget != nil && forget(commit) {
			continue
		}
		c.add(commit.Author, "wrote commit", commit.SHA)
		if !websFlow(commit) {
			c.add(commit.Committer, "committed", commit.SHA)
		}
		for _, co := range commit.CoAuthors {
			c.add(co, "is a co-author of commit", commit.SHA)
		}
		if !attributed(commit) {
			nameless = append(nameless, pull.ShortSHA(commit.SHA))
		}
	}
	if !unpushed {
		c.add(r.Pusher, "pushed the head", "")
	}
	hidden := c.addPushers(r, forget, unpushed)
	c.doubts = append(contributorDoubts(r, nameless), hidden...)
	c.doubtful = len(c.doubts) > 0 || len(r.Commits) < max(r.CommitsTotal, 1)
	return c
}

// addPushers adds who pushed commits below the head: what is written in a commit is its author's word alone. With a commit that
// is forgotten its push is, but for one that brought more than that commit.
func (c *contributors) addPushers(r pull.Request, forget func(pull.Commit) bool, unpushed bool) (doubts []pull.Reason) {
	counts := map[string]bool{}
	for _, commit := range r.Commits {
		counts[commit.SHA] = (forget == nil || !forget(commit) || !r.Alone(commit)) && !(unpushed && commit.SHA == r.Head.SHA)
	}
	for _, p := range r.Pushers {
		switch {
		case !counts[p.SHA]:
		case p.By.Known():
			c.add(p.By, "pushed commit", p.SHA)
		case p.SHA != r.Head.SHA: // of the head it is said anyway
			doubts = append(doubts, r.PusherUnknown(p.SHA))
		}
	}
	return doubts
}

func (c *contributors) add(a pull.Account, did, commit string) {
	if !a.Known() {
		return
	}
	if _, ok := c.byID[a.ID]; !ok {
		c.byID[a.ID] = len(c.list)
		c.list = append(c.list, contributor{a, did, commit})
	}
}

// attributed reports whether GitHub names who made the commit. What was done on GitHub's own pages has GitHub for a
// committer: an account called web-flow, or none but GitHub's signature. Neither is a person; the author is.
func attributed(c pull.Commit) bool {
	return c.Author.Known() && (c.Committer.Known() || c.ByGitHub)
}

// websFlow reports whether GitHub itself committed, with its own signature: that is nobody's work but the author's.
func websFlow(c pull.Commit) bool { return c.ByGitHub && c.Committer.Login == "web-flow" }

func contributorDoubts(r pull.Request, nameless []string) []pull.Reason {
	var doubts []pull.Reason
	if len(nameless) > 0 {
		doubts = append(doubts, pull.Reason{
			Code:     "commit-unattributed",
			Message:  fmt.Sprintf("Nobody can tell who made %s: GitHub attributes no account to it.", commits(nameless)),
			Evidence: map[string]string{"commits": listed(nameless, ", ")},
			Next:     "Commit again with an e-mail address that belongs to a GitHub account, then push",
		})
	}
	if !r.Pusher.Known() {
		doubts = append(doubts, r.PusherUnknown(r.Head.SHA))
	}
	return doubts
}

// twin finds a contributor who is the same person as the account under another name. Each account is looked up once:
// comparing everybody with everybody is what would make a large pull request slow.
func (c *contributors) twin(a pull.Account) (contributor, bool) {
	at, known := c.twins[a.ID]
	if !known {
		at = slices.IndexFunc(c.list, func(o contributor) bool {
			return o.account.ID != a.ID && same(c.people, a, o.account)
		})
		c.twins[a.ID] = at
	}
	if at < 0 {
		return contributor{}, false
	}
	return c.list[at], true
}

func same(people Humans, a, b pull.Account) bool {
	return people != nil && people.Same(a.Login, b.Login)
}

func commits(short []string) string {
	if len(short) == 1 {
		return "commit " + short[0]
	}
	return fmt.Sprintf("%d commits (%s)", len(short), listed(short, ", "))
}
