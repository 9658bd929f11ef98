package pull

// SideBranch is a branch of ours beside a target branch: where GitHub merges what a batch consists of, or where CI runs on its head.
// It is in the books before it is made, so that it is deleted whatever happens, and by what it may point to nobody else's is.
type SideBranch struct {
	Repo   int64
	Name   string
	Branch string // the target
	Leader int    // the pull request under whose turn it was made
	Epoch  int64  // of that turn
	SHA    string // where it was put
	Head   string // what was to be merged into it then, which may have happened; "" for nothing
}
