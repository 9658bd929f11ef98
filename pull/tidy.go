package pull

// Tidy is a head branch that is to be deleted after its landing, and what became of that.
type Tidy struct {
	Branch string `json:"branch"`
	SHA    string `json:"sha"`  // what it pointed to when it landed; anything newer is left alone
	Base   string `json:"base"` // where pull requests into it move on to
	Done   bool   `json:"done,omitempty"`
	Kept   string `json:"kept,omitempty"` // why it was left, once done
}

// Branch is a branch as it stands, with the open pull requests that hang on it.
type Branch struct {
	SHA       string // empty: there is no such branch
	Protected bool   // a rule forbids its deletion
	Into      []int  // open pull requests that target it
	From      []int  // open pull requests that it is the head of
	// Crowded says that more pull requests hang on it than were read.
	Crowded bool
}
