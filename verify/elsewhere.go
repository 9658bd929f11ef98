package verify

import (
	"cmp"
	"fmt"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
)

// house is the repository in which an owner keeps what holds for all of their repositories.
func house(repo pull.Repo) string { return repo.Owner + "/.github" }

// shared is the policy of a repository that has none itself, as it was recorded; absent where none was.
func shared(r pull.Request) pull.Source {
	if r.Policy.Path == r.Repo.Owner+"/"+policybot.SharedFile {
		return r.Policy
	}
	return pull.Source{}
}

// abroad is a file of another repository that judged a landing, and how much it weighs that it is not here.
type abroad struct {
	source pull.Source
	ref    string // that was read there; "" is the default branch
	want   string // the only path where it may have been
	weight Level
}

// elsewhere holds the files of other repositories that judged a landing to the names by which it knows them, and asks
// whether they ever stood where they are said to be.
func (v *run) elsewhere(c *Commit, f reconcile.Facts) {
	r := c.landing.Evidence.Request
	var list []abroad
	if _, _, ok := f.Policy.Elsewhere(); ok {
		list = append(list, abroad{source: f.Policy, want: f.Policy.Path, weight: Doubt})
	}
	if r.Remote.Present() {
		list = append(list, remote(r.Remote, f.Policy))
	}
	if r.Floor.Present() {
		a := abroad{source: r.Floor, want: house(r.Repo) + ":" + approval.PolicyFile, weight: Doubt}
		if f.Policy.Present() {
			a.weight = v.unproved() // it only asks for more than the policy does
		}
		list = append(list, a)
	}
	for _, a := range list {
		v.abroad(c, a)
	}
}

// remote is the file that a policy points to.
func remote(source, pointer pull.Source) abroad {
	a := abroad{source: source, weight: Doubt}
	policy, problems := config.ParsePolicyBot(pointer.Path, []byte(pointer.Text))
	if problems == nil && policy.Remote != nil {
		a.ref, a.want = policy.Remote.Ref, policy.Remote.Repo+":"+cmp.Or(policy.Remote.Path, policybot.PolicyFile)
	}
	return a
}

func (v *run) abroad(c *Commit, a abroad) {
	if a.source.Path != a.want {
		c.fault("policy-differs", fmt.Sprintf("It was judged by %s, and its repository points to %s.", a.source.Path, orNone(a.want)))
		return
	}
	if a.source.Blob == "" || blobName(a.source.Text, len(a.source.Blob)) != a.source.Blob {
		c.fault("policy-text-differs", fmt.Sprintf("The text of %s that was recorded is not the %.10s by which it was judged.", a.source.Path, a.source.Blob))
		return
	}
	repository, path, _ := a.source.Elsewhere()
	best := unheard
	for _, s := range v.shelves {
		found, err := s.find(path, a.ref, a.source.Blob)
		if err != nil {
			v.unreadable(c, "the history of "+repository, err)
			return
		}
		best = max(best, found)
	}
	v.placed(c, a, best)
}

// placed says what the shelves know of a file.
func (v *run) placed(c *Commit, a abroad, found place) {
	repository, path, _ := a.source.Elsewhere()
	what := fmt.Sprintf("It was judged by %s %.10s", a.source.Path, a.source.Blob)
	switch {
	case found == stood:
	case found == astray:
		c.fault("policy-never-there", fmt.Sprintf("%s, a text that never stood at %s on that branch of the clone given.", what, path))
	case len(v.shelves) == 0:
		c.find(a.weight, "policy-elsewhere", what+", which is kept in another repository; that it stood there is the bot's word.",
			fmt.Sprintf("Clone %s and give it with --policies", repository))
	default:
		c.find(a.weight, "policy-not-found", what+", and nothing given with --policies has that text.",
			fmt.Sprintf("Fetch the whole history of %s and give its clone with --policies", repository))
	}
}
