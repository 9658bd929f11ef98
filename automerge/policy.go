// Package automerge judges whether a pull request can land: its required checks, its vetoes, the branch's own
// rules, and whether our green checks are really there. It decides; it lands nothing.
package automerge

// Policy is the automerge section of a repository's policy. Its presence turns landing on.
type Policy struct {
	// Method is how the pull request lands: exact, merge, squash, rebase or queue.
	Method string
	// Checks are required beyond what the branch's rules require.
	Checks []string
	// AllowNoChecks lets a pull request land where nothing at all is required.
	AllowNoChecks bool
	// Unless holds vetoes: any match keeps the pull request from landing.
	Unless Match
}

// Match names properties of a pull request; it matches when any of them is present.
type Match struct {
	Labels []string // case-insensitive, as GitHub treats them
}
