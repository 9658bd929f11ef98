package hub

import (
	"context"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// houseName is the repository in which an owner keeps what holds for all of their repositories.
const houseName = ".github"

// Where policy-bot looks for a policy that many repositories share, and bulldozer for how they land.
const (
	sharedPath        = "policy.yml"
	sharedLandingPath = "bulldozer.yml"
)

const houseSelection = `house: repository(owner: $owner, name: "` + houseName + `") { ...House }`

type pathFacts struct {
	OID  string `json:"oid"`
	Mode uint32 `json:"mode"`
}

// houseFacts is the owner's .github repository.
type houseFacts struct {
	ID      int64 `json:"databaseId"`
	Owner   actor `json:"owner"`
	Default *struct {
		Target *struct {
			Floor   *pathFacts `json:"floor"`
			Shared  *pathFacts `json:"policyBot"`
			Landing *pathFacts `json:"landing"`
		} `json:"target"`
	} `json:"defaultBranchRef"`
}

// tolerateHouse accepts that there is no such repository, or that the app is not installed on it: GitHub does not tell
// the two apart. That it may not be read although it is there is no absence.
func (f *facts) tolerateHouse(e graphError) bool {
	switch {
	case !e.at("house"):
		return false
	case e.missing() && len(e.Path) == 1:
		return true
	case e.forbidden():
		f.noHouse = fmt.Sprintf("GitHub does not let the app read it (%s)", clip(e.Message, 200))
		return true
	}
	return false
}

// furnish reads the floor, and where the repository has no policy or no file about landing of its own, the one that its
// owner shares. Each is named by the tip that the snapshot saw, so that no push to it is missed.
func (h *Hub) furnish(ctx context.Context, r *pull.Request, f *facts) (err error) {
	floor := houseOf(r.Repo.Owner, policyPath)
	switch {
	case f.noHouse != "":
		floor.Unreadable = f.noHouse
		r.Floor = floor
		return nil
	case f.house == nil || f.house.Default == nil || f.house.Default.Target == nil:
		return nil
	case !strings.EqualFold(f.house.Owner.Login, r.Repo.Owner):
		floor.Unreadable = fmt.Sprintf("%s/%s belongs to %s now", r.Repo.Owner, houseName, f.house.Owner.Login)
		r.Floor = floor
		return nil
	}
	target, house := f.house.Default.Target, pull.Repo{ID: f.house.ID, Owner: r.Repo.Owner, Name: houseName, Installation: r.Repo.Installation}
	if target.Floor != nil && target.Floor.OID != r.Policy.Blob {
		if r.Floor, err = h.houseFile(ctx, house, floor, *target.Floor); err != nil {
			return err
		}
	}
	if target.Shared != nil && !r.Policy.Present() {
		if r.Policy, err = h.houseFile(ctx, house, houseOf(r.Repo.Owner, sharedPath), *target.Shared); err != nil {
			return err
		}
	}
	if target.Landing != nil && !r.Landing.Present() && r.Policy.Path != policyPath {
		r.Landing, err = h.houseFile(ctx, house, houseOf(r.Repo.Owner, sharedLandingPath), *target.Landing)
	}
	return err
}

// houseOf names a file of the owner's repository.
func houseOf(owner, path string) pull.Source {
	return pull.Source{Path: owner + "/" + houseName + ":" + path}
}

func (h *Hub) houseFile(ctx context.Context, house pull.Repo, source pull.Source, at pathFacts) (pull.Source, error) {
	source.Blob = at.OID
	if source.Unreadable = unreadableMode(source.Path, pull.Mode(at.Mode)); source.Unreadable != "" {
		return source, nil
	}
	return h.text(ctx, house, source, policySize)
}
