package pull

import "time"

// Scope names the pull requests that a delivery concerns, as far as the delivery knows: the zero fields do not
// narrow. A scope with Repo and Number is one pull request, known or not; every other scope finds known open ones.
type Scope struct {
	Installation int64  `json:"installation,omitempty"`
	Owner        string `json:"owner,omitempty"` // every repository of this account
	Repo         int64  `json:"repo,omitempty"`
	Number       int    `json:"number,omitempty"`
	Head         string `json:"head,omitempty"`   // with this head SHA
	Branch       string `json:"branch,omitempty"` // with this target branch
	// RestsOn is what the pull requests are judged or landed by, though they are not its own: the files of a repository
	// "owner/name", or the members of an organisation "owner" and of its teams.
	RestsOn string `json:"rests_on,omitempty"`
	// Unhurried marks news that rarely matters (the base moved): the work may be put off and gathered.
	Unhurried bool `json:"unhurried,omitempty"`
}

// Delivery is a webhook that was authenticated and understood.
type Delivery struct {
	ID           string    `json:"id"` // X-GitHub-Delivery
	Event        string    `json:"event"`
	Action       string    `json:"action,omitempty"`
	Installation int64     `json:"installation,omitempty"`
	Repos        []Repo    `json:"repos,omitempty"` // what it says of repositories
	Gone         []int64   `json:"gone,omitempty"`  // repositories that the app can no longer see
	Scopes       []Scope   `json:"scopes,omitempty"`
	Discover     bool      `json:"discover,omitempty"` // look for open pull requests of Repos that are not known yet
	News         News      `json:"news"`
	Pushes       []Push    `json:"pushes,omitempty"`
	Moved        []Moved   `json:"moved,omitempty"` // branches that were pushed to
	Payload      []byte    `json:"-"`
	At           time.Time `json:"at"`
}

// Push records who moved a branch to a SHA.
type Push struct {
	Repo int64   `json:"repo"`
	SHA  string  `json:"sha"`
	By   Account `json:"by"`
}

// News is what a delivery itself says, so that a pass need not ask GitHub again.
type News struct {
	Delivery string `json:"delivery"`
	Event    string `json:"event"`
	Action   string `json:"action,omitempty"`
	// Check is set by check_run and status events, with the SHA that it is on: news that can be applied to a copy
	// of the last snapshot.
	Check *Check `json:"check,omitempty"`
	SHA   string `json:"sha,omitempty"`
	// Command is a comment that begins with /sallyport, or a pressed button, as words: ["duo"].
	Command []string  `json:"command,omitempty"`
	Comment int64     `json:"comment,omitempty"` // where the command was written; 0 for a button
	Sender  Account   `json:"sender"`
	At      time.Time `json:"at"`
}

// Routine reports whether the news can be judged on a copy of the last snapshot.
func (n News) Routine() bool { return n.Check != nil && len(n.Command) == 0 }

// Work is one pull request's turn of attention: all that the store knows when a pass begins.
type Work struct {
	Key           Key
	Repo          Repo
	Generation    int64
	News          []News  // unhandled, oldest first
	Fresh         bool    // the world must be read whatever the news says (a sweep, a lost event)
	Woken         bool    // something happened since the last pass ended; false where only its own time has come
	Last          *Record // the previous pass
	Confirmations []Confirmation
	Intents       []Intent // not yet ended first
	Freezes       []Freeze // of the pull request and of its branches
	Halted        *Reason  // why nothing at all may land; nil while the ledger is what it should be
	// Batches are the latest ones that it was part of, and the one that is on its way on its branch, newest first.
	Batches []Batch
	// Sides are the branches of ours that nothing has a use for any more.
	Sides []SideBranch
}

// Record is the outcome of a pass, kept for the next one, the API and the pages.
type Record struct {
	Key      Key       `json:"key"`
	Request  Request   `json:"request"`
	Verdicts []Verdict `json:"verdicts"`
	// State is open, landed, foreign or closed; ungated where the repository has no policy.
	State     string `json:"state"`
	Next      string `json:"next"`
	LandedSHA string `json:"landed_sha,omitempty"`
	Error     string `json:"error,omitempty"` // why the last pass could not finish
	// Asked is what was asked of GitHub about people, so that the next snapshot can ask it in the same breath.
	Asked Question `json:"asked"`
	// Requests are human requests for a Duo push that have not led to one yet.
	Requests []PromptRequest `json:"requests,omitempty"`
	// Unsettled counts the reads in a row that found the test merge not computed.
	Unsettled int `json:"unsettled,omitempty"`
	// Candidate is the merge commit made for an exact landing.
	Candidate *Candidate `json:"candidate,omitempty"`
	// Epoch is that of the turn which the pull request held when this was written; 0 when it held none.
	Epoch int64 `json:"epoch,omitempty"`
	// Priority says that an admin had the pull request go before others.
	Priority bool `json:"priority,omitempty"`
	// Batch is the head of the batch in which it was judged; empty where it was judged alone.
	Batch string `json:"batch,omitempty"`
	// Vouched is the head that the right people had approved, with its commits signed as they have to be, when that could last be
	// judged; empty where it was not so.
	Vouched string `json:"vouched,omitempty"`
	// Watches is the commit besides the head whose checks are news about it: the head of the batch that it leads.
	Watches string `json:"watches,omitempty"`
	// MergeSHA is what people are or would be asked to confirm: M.
	MergeSHA string `json:"merge_sha,omitempty"`
	// Sights are what the reviews saw when they were first seen, by review id.
	Sights map[int64]Sight `json:"sights,omitempty"`
	// Obeyed are the deliveries of the latest commands that were carried out, so that none is carried out twice.
	Obeyed []string `json:"obeyed,omitempty"`
	// Heard is the newest comment whose command was carried out: what an older one says is too late.
	Heard int64 `json:"heard,omitempty"`
	// Invited are the people, and "@org/slug" the teams, that were asked for a review: each is asked once.
	Invited []string `json:"invited,omitempty"`
	// Undismissed are the reviews that GitHub would not have dismissed: it is asked once.
	Undismissed []int64 `json:"undismissed,omitempty"`
	// Replies are answers to commands that have not been given yet.
	Replies []Reply `json:"replies,omitempty"`
	// Rechecked is when somebody last asked to try again whatever had been refused.
	Rechecked time.Time `json:"rechecked"`
	// Due is since when nothing that people or checks have to say is missing for the landing; zero while something is. Told
	// is the head about which the watchdog has spoken.
	Due  time.Time `json:"due"`
	Told string    `json:"told,omitempty"`
	// Update is the last try to bring the branch up to date; nil for none.
	Update *Update `json:"update,omitempty"`
	// Enqueuing is what became of putting this head into GitHub's merge queue; nil where it was never there.
	Enqueuing *Enqueuing `json:"enqueuing,omitempty"`
	// Tidy is what is left to do with the head branch after the landing; nil for nothing.
	Tidy *Tidy `json:"tidy,omitempty"`
	// Attestation is what is signed about the landing; nil where nothing is.
	Attestation *Attestation `json:"attestation,omitempty"`
	// Queues says that it was ready and waited for its turn.
	Queues bool `json:"queues,omitempty"`
	// Calm says that it can wait to be told that its target moved: nobody can land it before something else happens to it.
	Calm bool `json:"calm,omitempty"`
	// Borrows names what it is judged and landed by that its own repository does not hold, and what that lacks.
	Borrows []string `json:"borrows,omitempty"`
	// Debrief is the review issue that a break-glass landing owes; nil for none.
	Debrief *Debrief  `json:"debrief,omitempty"`
	At      time.Time `json:"at"`
}

// PromptRequest is somebody's wish for a Duo push: a pressed button or a comment. It causes one push at most.
type PromptRequest struct {
	News    News    `json:"news"`
	Refused *Reason `json:"refused,omitempty"` // set once it was turned down for good
}

// Reply is an answer to a command: a text on the pull request, or a reaction to the comment that gave the command.
type Reply struct {
	Text     string `json:"text,omitempty"`
	Comment  int64  `json:"comment,omitempty"`
	Reaction string `json:"reaction,omitempty"`
}

// Sight is what a review saw: a landing diff, and the target branch that it was proposed to. A Sight with no Branch
// was not witnessed.
type Sight struct {
	Branch  string `json:"branch,omitempty"`
	Content string `json:"content,omitempty"`
}

// Outcome tells the queue what to do after a pass.
type Outcome struct {
	// After, when not zero, is when to look again although nothing happened.
	After time.Duration
}
