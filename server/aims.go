package server

import (
	"context"

	"github.com/sallyport/sallyport/pull"
)

// doubtful warns of a freeze of a branch that nothing is known to land on: a misspelt one would hold nothing back, and
// nobody would notice before it was needed.
const doubtful = "No open pull request aims at this branch. Should it be another, lift this freeze and mend the name."

// doubted says which of the frozen branches nothing aims at. The default branch is no misspelling. What cannot be found out
// is not doubted: a warning is not worth an error.
func (s *Server) doubted(ctx context.Context, repo pull.Repo, all []pull.Freeze) map[string]bool {
	found := map[string]bool{}
	for _, f := range all {
		if f.Number == 0 && f.Code == pull.FrozenBranch && f.Branch != repo.DefaultBranch {
			found[f.Branch] = true
		}
	}
	if len(found) == 0 {
		return nil
	}
	if err := s.aimed(ctx, repo, func(branch string) { delete(found, branch) }); err != nil {
		s.Log.WarnContext(ctx, "what aims at frozen branches not read", "error", err)
		return nil
	}
	return found
}

// aimed tells the branches that something queues for or is proposed for, as far as one page would look.
func (s *Server) aimed(ctx context.Context, repo pull.Repo, tell func(branch string)) error {
	turns, err := s.Records.Turns(ctx, repo.ID)
	if err != nil {
		return err
	}
	for _, t := range turns {
		tell(t.Branch)
	}
	for at := 0; at < readMost; {
		some, err := s.Records.OpenRecords(ctx, []int64{repo.ID}, at)
		if err != nil || len(some) == 0 {
			return err
		}
		for _, rec := range some {
			tell(rec.Request.Base.Branch)
		}
		at += len(some)
	}
	return nil
}
