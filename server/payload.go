package server

import (
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// payload is the part of GitHub's webhook payloads that the intake reads. It is one shape for all events, and narrow:
// a field of GitHub's that changes its type cannot lose a delivery unless that field matters here.
type payload struct {
	Action       string       `json:"action"`
	Repository   repository   `json:"repository"`
	Organization account      `json:"organization"`
	Installation installation `json:"installation"`
	Sender       account      `json:"sender"`

	PullRequest pullRequest `json:"pull_request"`
	Issue       struct {
		Number      int       `json:"number"`
		PullRequest *struct{} `json:"pull_request"`
	} `json:"issue"`
	Comment struct {
		ID   int64  `json:"id"`
		Body string `json:"body"`
	} `json:"comment"`
	MergeGroup struct {
		Head string `json:"head_sha"`
		Ref  string `json:"head_ref"`
		Base string `json:"base_ref"`
	} `json:"merge_group"`

	CheckRun        checkRun `json:"check_run"`
	CheckSuite      suite    `json:"check_suite"`
	WorkflowRun     suite    `json:"workflow_run"`
	RequestedAction struct {
		Identifier string `json:"identifier"`
	} `json:"requested_action"`

	// The status event has its fields at the top.
	ID        int64     `json:"id"`
	SHA       string    `json:"sha"`
	Context   string    `json:"context"`
	State     string    `json:"state"`
	TargetURL string    `json:"target_url"`
	CreatedAt time.Time `json:"created_at"`

	// So has the push event.
	Ref     string   `json:"ref"`
	Before  string   `json:"before"`
	After   string   `json:"after"`
	Forced  bool     `json:"forced"`
	Deleted bool     `json:"deleted"`
	Commits []commit `json:"commits"`

	Repositories []repository `json:"repositories"`
	Added        []repository `json:"repositories_added"`
	Removed      []repository `json:"repositories_removed"`
	Changes      struct {
		Login struct {
			From string `json:"from"`
		} `json:"login"`
	} `json:"changes"`
}

type installation struct {
	ID      int64   `json:"id"`
	Account account `json:"account"`
}

type account struct {
	ID    int64  `json:"id"`
	Login string `json:"login"`
	Type  string `json:"type"`
}

func (a account) account() pull.Account {
	known := pull.Account{ID: a.ID, Login: a.Login}
	if kind := pull.AccountKind(a.Type); kind == pull.User || kind == pull.Bot {
		known.Kind = kind
	}
	return known
}

type repository struct {
	ID            int64   `json:"id"`
	NodeID        string  `json:"node_id"`
	Name          string  `json:"name"`
	FullName      string  `json:"full_name"`
	Owner         account `json:"owner"`
	DefaultBranch string  `json:"default_branch"`
}

// repo reads the owner from the full name where GitHub leaves it out, as in lists of an installation's repositories.
func (r repository) repo(installation int64) pull.Repo {
	owner := r.Owner.Login
	if owner == "" {
		owner, _, _ = strings.Cut(r.FullName, "/")
	}
	return pull.Repo{
		ID: r.ID, NodeID: r.NodeID, Owner: owner, Name: r.Name,
		DefaultBranch: r.DefaultBranch, Installation: installation,
	}
}

type pullRequest struct {
	Number int     `json:"number"`
	User   account `json:"user"`
	Head   struct {
		SHA  string     `json:"sha"`
		Repo repository `json:"repo"`
	} `json:"head"`
	Base struct {
		Repo repository `json:"repo"`
	} `json:"base"`
}

type checkRun struct {
	ID           int64         `json:"id"`
	Name         string        `json:"name"`
	Head         string        `json:"head_sha"`
	Status       string        `json:"status"`
	Conclusion   string        `json:"conclusion"`
	ExternalID   string        `json:"external_id"`
	StartedAt    time.Time     `json:"started_at"`
	HTMLURL      string        `json:"html_url"`
	App          app           `json:"app"`
	PullRequests []pullRequest `json:"pull_requests"`
}

// suite is a check suite or a workflow run: both only gather check runs.
type suite struct {
	Head         string        `json:"head_sha"`
	App          app           `json:"app"`
	PullRequests []pullRequest `json:"pull_requests"`
}

type app struct {
	ID int64 `json:"id"`
}

type commit struct {
	ID       string   `json:"id"`
	Added    []string `json:"added"`
	Modified []string `json:"modified"`
	Removed  []string `json:"removed"`
}
