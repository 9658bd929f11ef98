package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

// Owned is an open pull request of a repository that a floor holds for, with its own policy.
type Owned struct {
	pull.Record
	Rulebook config.Policy
}

// considerOwned finds the open pull requests of the owner's other repositories. Those whose own policy cannot be judged
// by are blocked whatever a floor says.
func (p *pass) considerOwned(ctx context.Context, w *World) error {
	r := w.Request
	list, total, err := p.Store.OwnedBy(ctx, r.Repo.Owner, r.Repo.ID, r.Base.Branch, othersMost)
	if err != nil {
		return fmt.Errorf("looking for pull requests that another floor would concern: %w", err)
	}
	for _, record := range list {
		policy, problems := resolve(record.Request, p.rules.parse)
		if problems == nil && record.Request.Policy.Unreadable == "" {
			policy, _ = p.rules.fileLanding(policy, record.Request)
			w.Proposal.Owned = append(w.Proposal.Owned, Owned{record, policy})
		}
	}
	w.Proposal.OwnedTotal = total
	return nil
}

// effectsOnOwned says what another floor would alter. Whoever reads the .github repository reads it, so that only pull
// requests of public repositories are named. Of the others not even a number may depend on the proposed text, or whoever
// may propose one could ask about titles and paths that GitHub hides from them, a question a proposal: unless an admin
// of the .github repository opened it and pushed it.
func (w World) effectsOnOwned() string {
	var lines []string
	hidden, changed := 0, map[string]int{}
	for _, other := range w.Proposal.Owned {
		public := other.Request.Repo.Public
		if !public {
			hidden++
		}
		for _, change := range w.effect(other.Record, law{other.Rulebook, w.Proposal.FloorNow}, law{other.Rulebook, w.Proposal.Floor}) {
			if public {
				lines = append(lines, fmt.Sprintf("- %s %s: %s", escape(other.Request.Ref()), escape(other.Request.Title), change))
			} else {
				changed[nameless(change)]++
			}
		}
	}
	text := fmt.Sprintf("### What this floor would alter\n\nTried on %d open pull requests of %s's repositories.", len(w.Proposal.Owned), escape(w.Request.Repo.Owner))
	if hidden == 0 {
		return text + listed(lines, w.Proposal.OwnedTotal-len(w.Proposal.Owned))
	}
	return text + listed(append(lines, w.toldOfHidden(hidden, changed)), w.Proposal.OwnedTotal-len(w.Proposal.Owned))
}

// nameless is a change without what it says of rules, teams and people.
func nameless(change string) string {
	if strings.HasPrefix(change, "would depend on") {
		return "would depend on people"
	}
	change, _, _ = strings.Cut(change, ":")
	return change
}

// toldOfHidden is the line about pull requests of repositories that not everybody may read.
func (w World) toldOfHidden(hidden int, changed map[string]int) string {
	line := fmt.Sprintf("- %d of them are in repositories that are not public, and are not named here", hidden)
	switch {
	case !w.byAdmins():
		return line + ": `sallyport backtest --floor FILE OWNER/REPO` tries it on a repository that you may read"
	case len(changed) == 0:
		return line + ". None of these would be decided differently"
	}
	var counts []string
	for _, change := range slices.Sorted(maps.Keys(changed)) {
		counts = append(counts, fmt.Sprintf("%d %s", changed[change], change))
	}
	return line + ". Of these, " + strings.Join(counts, "; ")
}

// byAdmins reports whether only admins of the repository had a hand in the proposal as it stands.
func (w World) byAdmins() bool {
	for _, who := range []pull.Account{w.Request.Author, w.Request.Pusher} {
		if !who.Known() || w.Request.Standing.Roles[who.ID] < pull.Admin {
			return false
		}
	}
	return true
}

// proposers are whose rights decide how much is told of a proposed floor.
func (w World) proposers() pull.Question {
	var q pull.Question
	for _, who := range []pull.Account{w.Request.Author, w.Request.Pusher} {
		if w.Proposal.AltersFloor && who.Known() && who.Kind != pull.Bot {
			q.Logins = union(q.Logins, []string{who.Login})
		}
	}
	return q
}
