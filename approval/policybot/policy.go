// Package policybot judges pull requests by policy-bot's language, so that a repository that has only a .policy.yml
// keeps its meaning. Where policy-bot would let a doubt through, this judge blocks and says why.
package policybot

import "github.com/sallyport/sallyport/pull"

// PolicyFile is where policy-bot looks for a repository's policy.
const PolicyFile = ".policy.yml"

// SharedFile ends the name of a policy that an owner shares among repositories: policy.yml in their .github repository.
const SharedFile = ".github:policy.yml"

// Policy is a policy-bot policy. Exactly one of Remote and the other fields is given. The zero value approves nothing.
type Policy struct {
	Rules       []Rule
	Approval    *Node // nil: nothing can be approved
	Disapproval *Disapproval
	Remote      *Remote
}

// Remote says that the policy is kept in another repository. Path and Ref may be empty: the usual file, the default
// branch. What is found there must not be remote again.
type Remote struct{ Repo, Path, Ref string }

// Node is a part of the approval policy: a rule by its index in Policy.Rules, or a conjunction of parts.
type Node struct {
	Op    string // OpRule, OpAnd or OpOr
	Rule  int    // for OpRule
	Parts []Node // for OpAnd and OpOr, at least one
}

// The kinds of Node, in policy-bot's words.
const (
	OpRule = "rule"
	OpAnd  = "and"
	OpOr   = "or"
)

// Rule is approved, pending or skipped as a whole.
type Rule struct {
	Name        string
	Description string
	If          []Condition // the rule is skipped unless all hold
	Options     Options
	Requires    Requires
	Line        int // where the rule stands in its file, for people
}

// Requires is what a rule asks for once its predicates hold: so many approvals by actors, and conditions. The zero
// value asks for nothing.
type Requires struct {
	Count      int
	Actors     Actors
	Conditions []Condition
}

// Options steer whose approvals count for a rule, and how long.
type Options struct {
	AllowAuthor               bool
	AllowContributor          bool
	AllowNonAuthorContributor bool
	InvalidateOnPush          bool
	IgnoreEditedComments      bool
	IgnoreUpdateMerges        bool
	IgnoreCommitsBy           Actors
	RequestReview             RequestReview
	Methods                   Methods
}

// The modes of a review request.
const (
	RequestAll    = "all-users"
	RequestRandom = "random-users"
	RequestTeams  = "teams"
)

// RequestReview says whom to ask for a review of a pending rule. Count 0 means as many as the rule requires.
type RequestReview struct {
	Enabled bool
	Mode    string
	Count   int
}

// Disapproval lets some people hold a pull request back, and lift that again; the last action wins. It also holds
// while any of If holds.
type Disapproval struct {
	If         []Condition
	Requires   Actors // nobody: only If disapproves
	Disapprove Methods
	Revoke     Methods
}

// Actors are people: those named, members of a team "org/slug" or an organisation (both lower-case), and whoever
// has at least one of the roles.
type Actors struct {
	Users         []string
	Teams         []string
	Organizations []string
	Permissions   []pull.Role
}

// Empty reports whether nobody is meant.
func (a Actors) Empty() bool {
	return len(a.Users)+len(a.Teams)+len(a.Organizations)+len(a.Permissions) == 0
}
