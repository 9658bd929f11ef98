package server

import (
	"context"
	"slices"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// standstill is a frozen branch as the overview shows it.
type standstill struct {
	Repo, Path, Branch, By, Reason string
	Until                          time.Time
}

// standstills are the frozen branches of the repositories that the viewer may see.
func (s *Server) standstills(ctx context.Context, v viewer) ([]standstill, error) {
	if s.Freezes == nil {
		return nil, nil
	}
	all, err := s.Freezes.Frozen(ctx, 0)
	if err != nil || len(all) == 0 {
		return nil, wrap("listing freezes", err)
	}
	repos, err := s.Records.Repos(ctx)
	if err != nil {
		return nil, wrap("listing repositories", err)
	}
	var out []standstill
	for _, f := range all {
		i := slices.IndexFunc(repos, func(r pull.Repo) bool { return r.ID == f.Repo })
		if f.Number != 0 || i < 0 {
			continue
		}
		if sees, err := v.sees(ctx, repos[i]); err == nil && sees { // whoever cannot be asked about is not shown
			out = append(out, standstill{repos[i].FullName(), freezesPath(repos[i]), f.Branch, f.By.Login, redact(f.Reason, s.secrets()), f.Until})
		}
	}
	return out, nil
}
