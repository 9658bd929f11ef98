package hub

import (
	"encoding/json"
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// standingFacts is an answer whose fields are named after the question's aliases.
type standingFacts struct {
	parts map[string]json.RawMessage
	points
}

func (s *standingFacts) UnmarshalJSON(text []byte) error {
	if err := json.Unmarshal(text, &s.points); err != nil {
		return err
	}
	return json.Unmarshal(text, &s.parts)
}

// snapshotFacts is the answer about a pull request, with the parts of a question beside it where one was asked.
type snapshotFacts struct {
	Repository *repositoryFacts
	House      *houseFacts
	asked      bool
	standing   standingFacts
	within     bool // folders were asked for
	folders    folderFacts
}

func (s *snapshotFacts) cost() int { return s.standing.cost() }

func (s *snapshotFacts) UnmarshalJSON(text []byte) error {
	var own struct {
		Repository *repositoryFacts `json:"repository"`
		House      *houseFacts      `json:"house"`
		points
	}
	if err := json.Unmarshal(text, &own); err != nil {
		return err
	}
	s.Repository, s.House, s.standing.points = own.Repository, own.House, own.points
	if s.within {
		if err := json.Unmarshal(text, &s.folders); err != nil {
			return err
		}
	}
	if !s.asked {
		return nil
	}
	return json.Unmarshal(text, &s.standing.parts)
}

type teamFacts struct {
	Team *struct {
		Privacy string      `json:"privacy"`
		Members page[actor] `json:"members"`
	} `json:"team"`
	Everybody *page[actor] `json:"everybody"`
}

type holdersFacts struct {
	Edges []holder `json:"edges"`
}

// take reads one answer to the open parts of the question.
func (a *asked) take(repo pull.Repo, parts map[string]json.RawMessage) error {
	inside := map[string]json.RawMessage{}
	var id int64
	if err := part(parts, "standing", &inside); err != nil {
		return err
	}
	if err := part(inside, "databaseId", &id); err != nil {
		return err
	}
	if err := sameRepository(repo, id); err != nil {
		return err
	}
	for i, p := range a.people {
		if err := p.take(parts, inside, i); err != nil {
			return err
		}
	}
	for i, t := range a.teams {
		if err := t.take(parts, i); err != nil {
			return err
		}
	}
	if a.crowd == nil || a.crowd.done {
		return nil
	}
	return a.crowd.take(inside)
}

// part decodes one field; a hole leaves into as it was.
func part(parts map[string]json.RawMessage, name string, into any) error {
	text, ok := parts[name]
	if !ok {
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return transient(codeTrouble, "reading %s of GitHub's answer: %w", name, err)
	}
	return nil
}

// take believes a role only if it is said of the very account that the login stands for.
func (p *person) take(parts, inside map[string]json.RawMessage, i int) error {
	if p.done {
		return nil
	}
	p.done = true
	if err := part(parts, fmt.Sprintf("u%d", i), &p.known); err != nil {
		return err
	}
	var holders holdersFacts
	if err := part(inside, fmt.Sprintf("r%d", i), &holders); err != nil {
		return err
	}
	for _, h := range holders.Edges {
		if h.Node.ID == p.known.ID {
			p.role = h.role()
		}
	}
	return nil
}

func (t *team) take(parts map[string]json.RawMessage, i int) error {
	if t.done {
		return nil
	}
	var found teamFacts
	if err := part(parts, fmt.Sprintf("t%d", i), &found); err != nil {
		return err
	}
	var members page[actor]
	switch {
	case found.Everybody != nil:
		members = *found.Everybody
	case found.Team != nil:
		// What GitHub may come to call neither secret nor visible is not for everybody to read.
		members, t.secret = found.Team.Members, found.Team.Privacy != "VISIBLE"
	default:
		t.missing, t.done = true, true
		return nil
	}
	t.members = append(t.members, members.Nodes...)
	t.after, t.done = members.PageInfo.EndCursor, !members.PageInfo.HasNextPage
	return nil
}

func (c *crowd) take(inside map[string]json.RawMessage) error {
	var holders holdersFacts
	if err := part(inside, "candidates", &holders); err != nil {
		return err
	}
	c.found, c.done = holders.Edges, true
	return nil
}
