package pull

import "time"

// CheckKind tells a check run from a commit status. Branch rules name both by the same word.
type CheckKind string

// The kinds of check.
const (
	CheckRun     CheckKind = "check_run"
	CommitStatus CheckKind = "status"
)

// Check is a check run or commit status on the head.
type Check struct {
	Kind CheckKind `json:"kind"`
	Name string    `json:"name"`
	// App is the id of the GitHub App behind a check run; 0 for a status, which anybody with write access can set.
	App int64 `json:"app,omitempty"`
	ID  int64 `json:"id,omitempty"`
	// Status is GitHub's, lower-case: queued, in_progress, completed (a status is pending or completed).
	Status string `json:"status"`
	// Conclusion is GitHub's, lower-case: success, failure, error, neutral, skipped, cancelled, timed_out,
	// action_required, stale. Empty until completed.
	Conclusion string    `json:"conclusion,omitempty"`
	ExternalID string    `json:"external_id,omitempty"`
	StartedAt  time.Time `json:"started_at"`
	URL        string    `json:"url,omitempty"`
}

// Green reports whether the check succeeded. Skipped and neutral are not success.
func (c Check) Green() bool { return c.Status == "completed" && c.Conclusion == "success" }

// Done reports whether the check has ended, well or badly.
func (c Check) Done() bool { return c.Status == "completed" }

// Shows reports whether the check run reads as the report has it. The digest alone does not tell: GitHub takes a new one for a
// run that has ended, and leaves the conclusion as it was.
func (c Check) Shows(r Report) bool {
	return c.ExternalID == r.ExternalID && c.Status == r.Status && c.Conclusion == r.Conclusion
}

// Workflow is the latest run of a GitHub Actions workflow on the head. Status and Conclusion are as in [Check].
type Workflow struct {
	Path       string `json:"path"` // of the workflow's file: .github/workflows/ci.yml
	Status     string `json:"status"`
	Conclusion string `json:"conclusion,omitempty"`
}

// RequiredCheck is a check that the branch's rules demand. App 0 accepts any source.
type RequiredCheck struct {
	Name string `json:"name"`
	App  int64  `json:"app,omitempty"`
	From string `json:"from"` // "branch protection", "ruleset NAME"
}

// Rules is what classic protection and rulesets together demand of the target branch, and which methods it allows.
type Rules struct {
	Checks []RequiredCheck `json:"checks,omitempty"`
	// Strict demands that the head contains the tip of the base.
	Strict bool `json:"strict,omitempty"`
	// Linear forbids merge commits.
	Linear bool `json:"linear,omitempty"`
	// Signed demands signed commits on the base. SignedClassic says that branch protection does, which no app passes by.
	Signed        bool `json:"signed,omitempty"`
	SignedClassic bool `json:"signed_classic,omitempty"`
	// Unreviewed is GitHub's word for what reviews it misses by its own rules: review_required, changes_requested; empty where it
	// requires none, or has them. ReviewsClassic says that branch protection requires them and does not let this app past.
	Unreviewed     string `json:"unreviewed,omitempty"`
	ReviewsClassic bool   `json:"reviews_classic,omitempty"`
	// Queue says that landings go through GitHub's merge queue.
	Queue bool `json:"queue,omitempty"`
	// QueueMethod is how the queue lands: merge, squash or rebase; empty where that is not known.
	QueueMethod string `json:"queue_method,omitempty"`
	// Locked, Deployments, Restricted and Updates say which setting forbids every landing, demands a deployment that nobody
	// here makes, or keeps this app from moving the branch; empty where none does.
	Locked      string `json:"locked,omitempty"`
	Deployments string `json:"deployments,omitempty"`
	Restricted  string `json:"restricted,omitempty"`
	Updates     string `json:"updates,omitempty"`
	// Rulesets are those in force on the branch that demand what a commit of ours need not meet.
	Rulesets []Ruleset `json:"rulesets,omitempty"`
	// Lacks are permissions that a landing needs and that the app was not given.
	Lacks []string `json:"lacks,omitempty"`
	// Allowed lists the merge methods that repository and branch permit: merge, squash, rebase.
	Allowed []string `json:"allowed,omitempty"`
	// Unreadable, when set, says why the rules could not be read in full (a missing permission).
	Unreadable string `json:"unreadable,omitempty"`
}

// Guard reports whether any of GitHub's rules protects the branch, which takes an admin to set up.
func (r Rules) Guard() bool {
	return len(r.Checks) > 0 || len(r.Rulesets) > 0 || r.Strict || r.Linear || r.Signed || r.ReviewsClassic || r.Queue ||
		r.Locked != "" || r.Deployments != "" || r.Restricted != "" || r.Updates != ""
}

// Ruleset is one of GitHub's, with what it demands, in the words of its rules: merge_queue, required_signatures.
type Ruleset struct {
	ID      int64    `json:"id"`
	Name    string   `json:"name"`
	Demands []string `json:"demands"`
	// Barred says that this app may not pass it by. It is asked only where a landing rests on that.
	Barred bool `json:"barred,omitempty"`
}

// Report is a check run as it should stand on a commit.
type Report struct {
	Name       string `json:"name"`
	SHA        string `json:"sha"`
	Status     string `json:"status"` // in_progress or completed
	Conclusion string `json:"conclusion,omitempty"`
	Title      string `json:"title"`
	Summary    string `json:"summary"`
	Text       string `json:"text,omitempty"`
	DetailsURL string `json:"details_url,omitempty"`
	// ExternalID carries the digest of all the above, so that an unchanged report is not written again.
	ExternalID string `json:"external_id"`
	// ID is the check run to update in place, which must not have ended; 0 creates one.
	ID          int64        `json:"id,omitempty"`
	Buttons     []Button     `json:"buttons,omitempty"`
	Annotations []Annotation `json:"annotations,omitempty"`
}

// Button is an action offered on a check run. GitHub allows 20 characters of label, 40 of description, 20 of identifier.
type Button struct {
	Label       string `json:"label"`
	Description string `json:"description"`
	Identifier  string `json:"identifier"`
}

// Annotation points at a line of a file that the pull request changes.
type Annotation struct {
	Path    string `json:"path"`
	Line    int    `json:"line"`
	Message string `json:"message"`
	Warning bool   `json:"warning,omitempty"` // it does no harm
}
