package approval

// Approvals demands that Count people from From agree. From holds role words, "@org/team", logins and "user:NAME";
// empty means anyone with write access. Who shaped the change does not count unless the options say so.
type Approvals struct {
	Count int
	From  []string
	// DistinctTeams, when not 0, asks that as many different teams of From are each represented by a person of
	// their own.
	DistinctTeams int

	// Author, Contributors and NonAuthorContributors say whose approvals count although they shaped the change:
	// "", Counts or Ignored. Contributors includes the author unless Author is Ignored.
	Author, Contributors, NonAuthorContributors string
	// IgnoreCommitsBy names accounts whose commits make nobody a contributor. It holds for commits that are proven
	// to be theirs by a signature, since a name in a commit can be anybody's.
	IgnoreCommitsBy []string
	// IgnoreUpdateMerges keeps whoever pressed "Update branch" from becoming a contributor, for an approval given
	// before to the very same landing diff.
	IgnoreUpdateMerges bool
	By                 *Methods // nil: reviews alone
}

// The values of the options Author, Contributors and NonAuthorContributors, besides "".
const (
	Counts  = "counts"
	Ignored = "ignored"
)

// Methods are the ways to approve. Comments and Body hold phrases: a line of the text that is the phrase, or that a
// /regular expression/ finds. Quoted, edited and code text never counts.
type Methods struct {
	Reviews  bool
	Comments []string
	Body     []string // of the pull request itself, in its author's name
}

// Owners demands that every governed file is agreed to by Count of its own owners. The first entry that matches a
// file tells its owners; a file without owners blocks.
type Owners struct {
	Count int
	Files []Ownership
}

// Ownership says who owns the paths that some pattern matches.
type Ownership struct{ Paths, From []string }

// Codeowners demands the same of the owners in the CODEOWNERS file at the tip of the target branch, who must have
// write access. Unowned says what becomes of files without an owner: "" blocks, SpecialAllow asks nobody.
type Codeowners struct {
	Count   int
	Unowned string
}

// Block names who may hold a rule's paths up by requesting changes, or by a comment with one of the phrases Comments;
// and who may Lift such an objection by approving after it, besides whoever raised it.
type Block struct{ From, Comments, Lift []string }

// ReviewRequests says whom to ask for the reviews that a rule waits for. Count is used by the mode random: 0 asks as
// many as are missing.
type ReviewRequests struct {
	Mode  string // ReviewAll, ReviewRandom or ReviewTeams
	Count int
}

// The modes of ReviewRequests: everybody who could approve, some of them, or the teams that the rule names.
const (
	ReviewAll    = "all"
	ReviewRandom = "random"
	ReviewTeams  = "teams"
)

// Reviewers are whom to ask for a review. Teams are "org/slug".
type Reviewers struct {
	People []string // logins
	Teams  []string
}

// authorCounts reports whether the author's own approval may count.
func (a Approvals) authorCounts() bool {
	return a.Author == Counts || a.Contributors == Counts && a.Author != Ignored
}

// othersCount reports whether contributors besides the author may count.
func (a Approvals) othersCount() bool {
	return a.Contributors == Counts || a.NonAuthorContributors == Counts
}

func (a Approvals) methods() Methods {
	if a.By == nil {
		return Methods{Reviews: true}
	}
	return *a.By
}
