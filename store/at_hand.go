package store

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// atHand knows the jobs that this process works on. The database may call others running: those whose end could not be written
// down, because it was out of reach for longer than River tries.
type atHand struct {
	river.MiddlewareDefaults
	ids sync.Map
}

// Work keeps the job at hand for as long as it is worked on.
func (a *atHand) Work(ctx context.Context, job *rivertype.JobRow, doInner func(context.Context) error) error {
	a.ids.Store(job.ID, nil)
	defer a.ids.Delete(job.ID)
	return doInner(ctx)
}

// list is a JSON list of the jobs' ids.
func (a *atHand) list() (string, error) {
	ids := []int64{}
	a.ids.Range(func(id, _ any) bool {
		ids = append(ids, id.(int64))
		return true
	})
	b, err := json.Marshal(ids)
	return string(b), err
}
