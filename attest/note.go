package attest

// NotesRef is where attestations are kept beside the history that they speak of.
const NotesRef = "refs/notes/sallyport"

// NotePath is where the note of a commit lies in the tree of notes: one level of folders, as git itself makes them.
func NotePath(sha string) string { return sha[:2] + "/" + sha[2:] }
