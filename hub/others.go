package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

type othersFacts struct {
	Repository map[string]json.RawMessage `json:"repository"`
	points
}

type otherFacts struct {
	State      string `json:"state"`
	Body       string `json:"body"`
	HeadBranch string `json:"headRefName"`
	BaseBranch string `json:"baseRefName"`
	HeadRepo   *struct {
		ID int64 `json:"databaseId"`
	} `json:"headRepository"`
}

// Others reads what other pull requests of a repository need to be known for, by number, and whether everybody may read
// the repository. One that does not exist, and a repository that GitHub does not show, is left out.
func (h *Hub) Others(ctx context.Context, repo pull.Repo, numbers []int) (public bool, found map[int]pull.Other, err error) {
	variables, selection := named(repo), "databaseId\nisPrivate\n"
	for i, number := range numbers {
		variables = append(variables, variable{fmt.Sprintf("n%d", i), "Int!", number})
		selection += fmt.Sprintf("p%d: pullRequest(number: $n%d) { state body headRefName baseRefName headRepository { databaseId } }\n", i, i)
	}
	tolerate := func(e graphError) bool { return e.at("repository") && (e.missing() || e.forbidden()) }
	var answer othersFacts
	q := newQuery("Others", variables, "repository(owner: $owner, name: $name) {\n"+selection+"}")
	if err := h.ask(ctx, repo.Installation, q, &answer, tolerate); err != nil {
		return false, nil, fmt.Errorf("reading what others wait for in %s: %w", repo.FullName(), err)
	}
	return answer.read(repo, numbers)
}

// read takes the answer for what it is worth: a name that another repository has by now says nothing of this one.
func (a othersFacts) read(repo pull.Repo, numbers []int) (public bool, found map[int]pull.Other, err error) {
	found = map[int]pull.Other{}
	id, private := int64(0), true
	for field, to := range map[string]any{"databaseId": &id, "isPrivate": &private} {
		if text := a.Repository[field]; text != nil {
			if err := json.Unmarshal(text, to); err != nil {
				return false, nil, transient(codeTrouble, "reading GitHub's answer about %s: %w", repo.FullName(), err)
			}
		}
	}
	if id != repo.ID {
		return false, found, nil
	}
	for i, number := range numbers {
		var p *otherFacts
		if text := a.Repository[fmt.Sprintf("p%d", i)]; text != nil {
			if err := json.Unmarshal(text, &p); err != nil {
				return false, nil, transient(codeTrouble, "reading GitHub's answer about %s#%d: %w", repo.FullName(), number, err)
			}
		}
		if p == nil {
			continue
		}
		other := pull.Other{State: pull.Lifecycle(strings.ToLower(p.State)), Body: p.Body, Base: p.BaseBranch}
		if p.HeadRepo != nil && p.HeadRepo.ID == repo.ID {
			other.Head = p.HeadBranch
		}
		found[number] = other
	}
	return !private, found, nil
}
