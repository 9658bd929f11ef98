package pull

import "time"

// Mode is a git tree entry's mode.
type Mode uint32

// The modes that git writes. Zero means that the path does not exist on that side.
const (
	Absent     Mode = 0
	Regular    Mode = 0o100644
	Executable Mode = 0o100755
	Symlink    Mode = 0o120000
	Submodule  Mode = 0o160000
	Directory  Mode = 0o040000
)

// File is one path of a landing diff. A rename is two: the old path gone, the new path there.
type File struct {
	Path    string `json:"path"`
	OldMode Mode   `json:"old_mode,omitempty"`
	NewMode Mode   `json:"new_mode,omitempty"`
	OldID   string `json:"old_id,omitempty"`
	NewID   string `json:"new_id,omitempty"`
}

// Special reports whether the change is more than text in a plain file: a symlink, a submodule or a changed mode.
func (f File) Special() bool {
	plain := func(m Mode) bool { return m == Absent || m == Regular }
	switch {
	case plain(f.OldMode) && plain(f.NewMode):
		return false
	case f.OldMode == Executable && f.NewMode == Executable:
		return false
	case f.OldMode == Executable && f.NewMode == Absent:
		return false
	}
	return true
}

// Commit is one commit of the pull request. Author and Committer are the accounts that GitHub attributes it to.
type Commit struct {
	SHA       string    `json:"sha"`
	Tree      string    `json:"tree"`
	Parents   []string  `json:"parents"`
	Author    Account   `json:"author"`
	Committer Account   `json:"committer"`
	CoAuthors []Account `json:"co_authors,omitempty"` // from co-author trailers, as GitHub attributes them
	Message   string    `json:"message"`
	// AuthorEmail and CommitterEmail are for people to read; they are never an identity.
	AuthorEmail    string `json:"author_email,omitempty"`
	CommitterEmail string `json:"committer_email,omitempty"`
	// Payload and Signature are the signed bytes and the armor that GitHub reports; empty for an unsigned commit.
	// They count only once the raw object rebuilt from them hashes to SHA.
	Payload   string `json:"payload,omitempty"`
	Signature string `json:"signature,omitempty"`
	// Files is the commit's own difference: the paths that differ from every parent. It is read only where each
	// commit is governed; Diffed says that it was.
	Files  []File `json:"files,omitempty"`
	Diffed bool   `json:"diffed,omitempty"`
	// ByGitHub is GitHub's word that its own web-flow key signed.
	ByGitHub bool `json:"by_github,omitempty"`
	// Unverified is GitHub's word that it finds no valid signature, by the keys that it knows: nothing that we believe, but where a
	// branch demands signatures, GitHub goes by it.
	Unverified bool `json:"unverified,omitempty"`
	// Update says that the trees were compared, and that the commit only brings the target branch in: nothing in it is
	// its author's own. It is read only where signatures are asked for.
	Update bool `json:"update,omitempty"`
	// Signed is what our own verification found; nil while nobody looked.
	Signed *Signed `json:"signed,omitempty"`
}

// Signed is what verifying one commit's signature came to.
type Signed struct {
	Good bool    `json:"good"`
	Code string  `json:"code,omitempty"` // why it is not good
	Key  string  `json:"key,omitempty"`  // the primary key's fingerprint, upper-case hexadecimal
	By   Account `json:"by"`             // the commit's committer or author who owns the key, by the people file
}

// Size counts the lines of text that a pull request changes, as GitHub reports them.
type Size struct {
	Added   int `json:"added"`
	Deleted int `json:"deleted"`
}

// ReviewState is a review's kind, in GitHub's words.
type ReviewState string

// The review states.
const (
	Approved         ReviewState = "APPROVED"
	ChangesRequested ReviewState = "CHANGES_REQUESTED"
	Commented        ReviewState = "COMMENTED"
	Dismissed        ReviewState = "DISMISSED"
)

// Review is one submitted review. Commit is the head it was given on.
type Review struct {
	ID     int64       `json:"id"`
	Author Account     `json:"author"`
	State  ReviewState `json:"state"`
	Commit string      `json:"commit"`
	At     time.Time   `json:"at"`
	Body   string      `json:"body,omitempty"`
	Edited bool        `json:"edited,omitempty"` // somebody changed the body after it was written
	// Content is the landing diff that the review saw, as Request.Content names it; empty when that is not known.
	Content string `json:"content,omitempty"`
	// Elsewhere says that the review was given, or may have been, while the pull request had another target.
	Elsewhere bool `json:"elsewhere,omitempty"`
	// Objected says of a dismissed review that it had requested changes, and DismissedBy who dismissed it: unknown where GitHub
	// does not say. Whoever may write can dismiss other people's reviews.
	Objected    bool    `json:"objected,omitempty"`
	DismissedBy Account `json:"dismissed_by,omitzero"`
}

// Comment is something that a person wrote about the pull request.
type Comment struct {
	ID     int64     `json:"id"`
	Author Account   `json:"author"`
	Body   string    `json:"body"`
	At     time.Time `json:"at"`
	Edited bool      `json:"edited,omitempty"` // somebody changed it after it was written
	// EditedBy is who changed it last, unknown where GitHub does not say. Whoever may write can change other people's words.
	EditedBy Account `json:"edited_by"`
	// Commit is the head that the comment was first seen on, Content the landing diff and Elsewhere as in [Review];
	// GitHub knows none of them, so they are empty until somebody witnessed the comment.
	Commit    string `json:"commit,omitempty"`
	Content   string `json:"content,omitempty"`
	Elsewhere bool   `json:"elsewhere,omitempty"`
}
