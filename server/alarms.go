package server

import (
	"context"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// alarmsShown is for how long an alarm stands at the top of the overview.
const alarmsShown = 7 * 24 * time.Hour

// alarm is an alarm as the overview shows it.
type alarm struct {
	Text string
	At   time.Time
}

// alarms are the latest alarms about the repositories that the viewer may see.
func (s *Server) alarms(ctx context.Context, v viewer) ([]alarm, error) {
	all, err := s.Records.Alarms(ctx, s.Now().Add(-alarmsShown))
	if err != nil {
		return nil, wrap("listing alarms", err)
	}
	repos, err := s.Records.Repos(ctx)
	if err != nil {
		return nil, wrap("listing repositories", err)
	}
	known, sees := map[int64]pull.Repo{}, map[int64]bool{}
	for _, r := range repos {
		known[r.ID] = r
	}
	var told []alarm
	for _, a := range all {
		if _, asked := sees[a.Repo]; !asked {
			ok, err := v.sees(ctx, known[a.Repo])
			sees[a.Repo] = ok && err == nil // whoever cannot be asked about is not shown
		}
		if sees[a.Repo] {
			told = append(told, alarm{Text: redact(a.Text, s.secrets()), At: a.At})
		}
	}
	return told, nil
}
