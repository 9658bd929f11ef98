package hub

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// The shapes of GitHub's answers, as query/*.graphql asks for them.

// page is one page of a connection.
type page[T any] struct {
	TotalCount int `json:"totalCount"`
	Nodes      []T `json:"nodes"`
	PageInfo   struct {
		HasNextPage bool   `json:"hasNextPage"`
		EndCursor   string `json:"endCursor"`
	} `json:"pageInfo"`
}

// grow appends the page that follows.
func (p *page[T]) grow(next page[T]) {
	p.Nodes = append(p.Nodes, next.Nodes...)
	p.PageInfo = next.PageInfo
}

// bigInt reads GitHub's BigInt scalar, which comes as a string or as a number.
type bigInt int64

func (b *bigInt) UnmarshalJSON(text []byte) error {
	var n json.Number
	if err := json.Unmarshal(text, &n); err != nil {
		return fmt.Errorf("reading a number: %w", err)
	}
	if n == "" {
		return nil
	}
	v, err := strconv.ParseInt(n.String(), 10, 64)
	*b = bigInt(v)
	return err
}

type objectID struct {
	OID string `json:"oid"`
}

type actor struct {
	Kind  string `json:"__typename"`
	Login string `json:"login"`
	ID    int64  `json:"databaseId"`
}

type identity struct {
	Name  string `json:"name"`
	Email string `json:"email"`
	User  *actor `json:"user"`
}

type commitFacts struct {
	OID       string         `json:"oid"`
	Message   string         `json:"message"`
	Tree      objectID       `json:"tree"`
	Parents   page[objectID] `json:"parents"`
	Author    *identity      `json:"author"`
	Committer *identity      `json:"committer"`
	Authors   page[identity] `json:"authors"`
	Signature *struct {
		Payload   string `json:"payload"`
		Signature string `json:"signature"`
		ByGitHub  bool   `json:"wasSignedByGitHub"`
		Valid     bool   `json:"isValid"`
	} `json:"signature"`
}

type commitNode struct {
	Commit commitFacts `json:"commit"`
}

type reviewFacts struct {
	ID          bigInt     `json:"fullDatabaseId"`
	State       string     `json:"state"`
	SubmittedAt *time.Time `json:"submittedAt"`
	Body        string     `json:"body"`
	EditedAt    *time.Time `json:"lastEditedAt"`
	Commit      *objectID  `json:"commit"`
	Author      *actor     `json:"author"`
}

type dismissalFacts struct {
	Before string `json:"previousReviewState"`
	Actor  *actor `json:"actor"`
	Review *struct {
		ID bigInt `json:"fullDatabaseId"`
	} `json:"review"`
}

type commentFacts struct {
	ID        bigInt     `json:"fullDatabaseId"`
	Body      string     `json:"body"`
	CreatedAt *time.Time `json:"createdAt"`
	EditedAt  *time.Time `json:"lastEditedAt"`
	Author    *actor     `json:"author"`
	Editor    *actor     `json:"editor"`
}

type labelFacts struct {
	Name string `json:"name"`
}

// suiteFacts is a check suite. Run is set where GitHub Actions made it.
type suiteFacts struct {
	ID         int64     `json:"databaseId"`
	Status     string    `json:"status"`
	Conclusion string    `json:"conclusion"`
	App        *appFacts `json:"app"`
	Run        *struct {
		Event string `json:"event"`
		File  *struct {
			Path string `json:"path"`
		} `json:"file"`
	} `json:"workflowRun"`
}

type appFacts struct {
	ID int64 `json:"databaseId"`
}

// contextFacts is a check run or a commit status, told apart by Kind.
type contextFacts struct {
	Kind       string      `json:"__typename"`
	ID         int64       `json:"databaseId"`
	Name       string      `json:"name"`
	Status     string      `json:"status"`
	Conclusion string      `json:"conclusion"`
	StartedAt  *time.Time  `json:"startedAt"`
	ExternalID string      `json:"externalId"`
	DetailsURL string      `json:"detailsUrl"`
	Suite      *suiteFacts `json:"checkSuite"`

	Context   string     `json:"context"`
	State     string     `json:"state"`
	CreatedAt *time.Time `json:"createdAt"`
	TargetURL string     `json:"targetUrl"`
}

type tipFacts struct {
	Nodes []struct {
		Commit struct {
			OID    string `json:"oid"`
			Rollup *struct {
				Contexts page[contextFacts] `json:"contexts"`
			} `json:"statusCheckRollup"`
		} `json:"commit"`
	} `json:"nodes"`
}

// head is the SHA that the checks were read of.
func (t *tipFacts) head() string {
	if len(t.Nodes) == 0 {
		return ""
	}
	return t.Nodes[0].Commit.OID
}

// contexts is nil where the head has no checks at all.
func (t *tipFacts) contexts() *page[contextFacts] {
	if len(t.Nodes) == 0 || t.Nodes[0].Commit.Rollup == nil {
		return nil
	}
	return &t.Nodes[0].Commit.Rollup.Contexts
}

type rulesetFacts struct {
	ID          int64  `json:"databaseId"`
	Name        string `json:"name"`
	Enforcement string `json:"enforcement"`
}

type ruleParameters struct {
	Strict  bool        `json:"strictRequiredStatusChecksPolicy"`
	Checks  []ruleCheck `json:"requiredStatusChecks"`
	Methods []string    `json:"allowedMergeMethods"`
}

type ruleCheck struct {
	Context     string `json:"context"`
	Integration int64  `json:"integrationId"`
}

type ruleFacts struct {
	Type       string          `json:"type"`
	Ruleset    *rulesetFacts   `json:"repositoryRuleset"`
	Parameters *ruleParameters `json:"parameters"`
}

type protectionFacts struct {
	RequiresChecks bool                  `json:"requiresStatusChecks"`
	Strict         bool                  `json:"requiresStrictStatusChecks"`
	Linear         bool                  `json:"requiresLinearHistory"`
	Signed         bool                  `json:"requiresCommitSignatures"`
	Locked         bool                  `json:"lockBranch"`
	Deployments    bool                  `json:"requiresDeployments"`
	Restricts      bool                  `json:"restrictsPushes"`
	Allowed        *page[allowanceFacts] `json:"pushAllowances"`
	Reviews        bool                  `json:"requiresApprovingReviews"`
	Excused        *page[allowanceFacts] `json:"bypassPullRequestAllowances"`
	Checks         []struct {
		Context string    `json:"context"`
		App     *appFacts `json:"app"`
	} `json:"requiredStatusChecks"`
}

// allowanceFacts is somebody who may do what others may not; only an app has an id here.
type allowanceFacts struct {
	Actor *struct {
		Kind string `json:"__typename"`
		ID   int64  `json:"databaseId"`
	} `json:"actor"`
}

type listingFacts struct {
	OID     string `json:"oid"`
	Entries []struct {
		NameRaw []byte `json:"nameRaw"`
		Mode    uint32 `json:"mode"`
		OID     string `json:"oid"`
	} `json:"entries"`
}

type blobFacts struct {
	OID       string  `json:"oid"`
	ByteSize  int     `json:"byteSize"`
	Binary    *bool   `json:"isBinary"`
	Truncated bool    `json:"isTruncated"`
	Text      *string `json:"text"`
}

type fileFacts struct {
	OID    string     `json:"oid"`
	Object *blobFacts `json:"object"`
}

// groundFacts is the commit that a landing stands on.
type groundFacts struct {
	OID  string        `json:"oid"`
	Tree *listingFacts `json:"tree"`
	File *fileFacts    `json:"file"`
	Bot  *fileFacts    `json:"policyBot"`
	// Bulldozer is about landing alone.
	Bulldozer *fileFacts `json:"bulldozer"`
}

type targetFacts struct {
	Name       string           `json:"name"`
	Target     *groundFacts     `json:"target"`
	Protection *protectionFacts `json:"branchProtectionRule"`
	Visible    *struct {
		Checks []string `json:"requiredStatusCheckContexts"`
		Linear bool     `json:"requiresLinearHistory"`
		Signed bool     `json:"requiresSignatures"`
	} `json:"refUpdateRule"`
	Rules *page[ruleFacts] `json:"rules"`
}

// landingFacts is a rehearsed merge commit.
type landingFacts struct {
	OID     string            `json:"oid"`
	Parents page[parentFacts] `json:"parents"`
	Tree    *listingFacts     `json:"tree"`
}

// parentFacts is a commit with its root tree, where that was asked for.
type parentFacts struct {
	objectID
	Tree objectID `json:"tree"`
}

func (l *landingFacts) parents() []string {
	out := make([]string, len(l.Parents.Nodes))
	for i, p := range l.Parents.Nodes {
		out[i] = p.OID
	}
	return out
}

type pullFacts struct {
	NodeID     string           `json:"id"`
	Number     int              `json:"number"`
	URL        string           `json:"url"`
	Title      string           `json:"title"`
	Body       string           `json:"body"`
	State      string           `json:"state"`
	CreatedAt  *time.Time       `json:"createdAt"`
	EditedAt   *time.Time       `json:"lastEditedAt"`
	Editor     *actor           `json:"editor"`
	Draft      bool             `json:"isDraft"`
	Additions  int              `json:"additions"`
	Deletions  int              `json:"deletions"`
	Author     *actor           `json:"author"`
	Labels     page[labelFacts] `json:"labels"`
	HeadBranch string           `json:"headRefName"`
	Head       string           `json:"headRefOid"`
	HeadRepo   *struct {
		ID int64 `json:"databaseId"`
	} `json:"headRepository"`
	HeadOwner  *actor             `json:"headRepositoryOwner"`
	Modifiable bool               `json:"maintainerCanModify"`
	BaseBranch string             `json:"baseRefName"`
	Base       *targetFacts       `json:"baseRef"`
	Mergeable  string             `json:"mergeable"`
	Reviewed   string             `json:"reviewDecision"`
	Queue      bool               `json:"isMergeQueueEnabled"`
	AutoMerge  *struct{}          `json:"autoMergeRequest"`
	Test       *landingFacts      `json:"potentialMergeCommit"`
	MergedAt   *time.Time         `json:"mergedAt"`
	MergedBy   *actor             `json:"mergedBy"`
	Merge      *commitFacts       `json:"mergeCommit"`
	Commits    page[commitNode]   `json:"commits"`
	Tip        tipFacts           `json:"tip"`
	Reviews    page[reviewFacts]  `json:"reviews"`
	Comments   page[commentFacts] `json:"comments"`
	Dismissals struct {
		Nodes []dismissalFacts `json:"nodes"`
	} `json:"dismissals"`
	Files *struct {
		Nodes []struct {
			Path string `json:"path"`
		} `json:"nodes"`
	} `json:"files"`
}

type repositoryFacts struct {
	NodeID  string `json:"id"`
	ID      int64  `json:"databaseId"`
	Name    string `json:"name"`
	Private *bool  `json:"isPrivate"`
	Owner   actor  `json:"owner"`
	Default *struct {
		Name string `json:"name"`
	} `json:"defaultBranchRef"`
	Merge  bool       `json:"mergeCommitAllowed"`
	Squash bool       `json:"squashMergeAllowed"`
	Rebase bool       `json:"rebaseMergeAllowed"`
	Pull   *pullFacts `json:"pullRequest"`
}
