package store

import (
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// keepPushes has it remembered who pushed the request's commits, for as long as it could land.
func keepPushes(r pull.Request) []stmt {
	if len(r.Commits) == 0 {
		return nil
	}
	in, args := "", []any{r.Head.Repo, r.Repo.ID, r.Number}
	for _, c := range r.Commits {
		args = append(args, c.SHA)
		in += fmt.Sprintf(", $%d", len(args))
	}
	return []stmt{do(`
INSERT INTO proposed (repo, sha, target, number) SELECT repo, sha, $2, $3 FROM pushes WHERE repo = $1 AND sha IN (`+in[2:]+`)
ON CONFLICT DO NOTHING`, args...)}
}
