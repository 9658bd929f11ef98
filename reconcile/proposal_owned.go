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

// Owned is an open pull request of another repository that the change would concern, with what it is judged by.
type Owned struct {
	pull.Record
	Rulebook config.Policy
	Faulty   bool // it cannot be judged by what is in force
	// Proposed is what it would be judged by under a changed file that its owner shares, Policy that one's text, both beside Floor.
	Proposed config.Policy
	Policy   pull.Source
	Floor    Floor
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
			w.Proposal.Owned = append(w.Proposal.Owned, Owned{Record: record, Rulebook: policy})
		}
	}
	w.Proposal.OwnedTotal = total
	return nil
}

// effectsOnOwned says what another floor would alter.
func (w World) effectsOnOwned() string {
	text := fmt.Sprintf("### What this floor would alter\n\nTried on %d open pull requests of %s's repositories.", len(w.Proposal.Owned), escape(w.Request.Repo.Owner))
	return text + w.told(w.Proposal.Owned, w.Proposal.OwnedTotal, "`sallyport backtest --floor FILE OWNER/REPO`", func(o Owned) []string {
		return w.effect(o.Record, law{o.Rulebook, w.Proposal.FloorNow, o.Request.Policy}, law{o.Rulebook, w.Proposal.Floor, o.Request.Policy})
	})
}

// told lists what would change for pull requests of other repositories. Whoever reads the .github repository reads it, so
// that only pull requests of public repositories are named. Of the others not even a number may depend on the proposed
// text, or whoever may propose one could ask about titles and paths that GitHub hides from them, a question a proposal:
// unless an admin of the .github repository opened it and pushed it.
func (w World) told(list []Owned, total int, trial string, changes func(Owned) []string) string {
	var lines []string
	hidden, changed := 0, map[string]int{}
	for _, other := range list {
		public := other.Request.Repo.Public
		if !public {
			hidden++
		}
		for _, change := range changes(other) {
			if public {
				lines = append(lines, fmt.Sprintf("- %s %s: %s", escape(other.Request.Ref()), escape(other.Request.Title), change))
			} else {
				changed[nameless(change)]++
			}
		}
	}
	if hidden > 0 {
		lines = append(lines, w.toldOfHidden(hidden, changed, trial))
	}
	return listed(lines, total-len(list))
}

// nameless is a change without what it says of rules, teams and people.
func nameless(change string) string {
	if strings.HasPrefix(change, "would depend on the repository") {
		return change
	}
	if strings.HasPrefix(change, "would depend on") {
		return "would depend on people"
	}
	change, _, _ = strings.Cut(change, ":")
	return change
}

// toldOfHidden is the line about pull requests of repositories that not everybody may read.
func (w World) toldOfHidden(hidden int, changed map[string]int, trial string) string {
	line := fmt.Sprintf("- %d of them are in repositories that are not public, and are not named here", hidden)
	switch {
	case !w.byAdmins():
		return line + ": " + trial + " tries it on a repository that you may read"
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
	for _, who := range w.hands() {
		if !who.Known() || w.Request.Standing.Roles[who.ID] < pull.Admin {
			return false
		}
	}
	return true
}

// hands are who opened the proposal and who pushed to it.
func (w World) hands() []pull.Account {
	who := []pull.Account{w.Request.Author, w.Request.Pusher}
	for _, p := range w.Request.Pushers {
		who = append(who, p.By)
	}
	return who
}

// proposers are whose rights decide how much is told of what is proposed for other repositories.
func (w World) proposers() pull.Question {
	var q pull.Question
	for _, who := range w.hands() {
		if (w.Proposal.AltersFloor || len(w.Proposal.Shared) > 0) && who.Known() && who.Kind != pull.Bot {
			q.Logins = union(q.Logins, []string{who.Login})
		}
	}
	return q
}
