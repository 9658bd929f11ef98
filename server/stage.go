package server

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// stage is what an open pull request waits for, in the order in which people should look.
type stage int

const (
	stageBlocked stage = iota
	stageReview
	stageSignatures
	stagePhone
	stageLanding
	stages
)

var stageHeads = [stages]waiting{
	stageBlocked:    {ID: "blocked", Title: "Blocked", About: "Somebody has to change something first.", State: pull.Block},
	stageReview:     {ID: "review", Title: "Waiting for review", About: "The right people have not agreed yet.", State: pull.Wait},
	stageSignatures: {ID: "signatures", Title: "Waiting for signatures", About: "Commits are not yet vouched for.", State: pull.Wait},
	stagePhone:      {ID: "phone", Title: "Waiting for a phone", About: "A Duo push has to be acknowledged.", State: pull.Wait},
	stageLanding:    {ID: "ready", Title: "Ready", About: "Every gate has passed; what is left are checks or the turn.", State: pull.Pass},
}

// stageOf looks at the gates, and where nobody but a phone is missing, at what else somebody has to mend: a red check, a setting of the
// branch, a veto. What merely waits besides is a matter of time, not of people.
func stageOf(rec pull.Record) stage {
	state := map[pull.Gate]pull.State{}
	for _, v := range rec.Verdicts {
		state[v.Gate] = v.State
	}
	of := stageLanding
	for _, at := range []struct {
		gate  pull.Gate
		stage stage
	}{{pull.GateDuo, stagePhone}, {pull.GateSignatures, stageSignatures}, {pull.GateApproval, stageReview}} {
		switch state[at.gate] { // a missing verdict blocks
		case pull.Block:
			return stageBlocked
		case pull.Wait:
			of = at.stage
		}
	}
	if lands, known := state[pull.GateAutomerge]; of >= stagePhone && known && lands == pull.Block {
		return stageBlocked
	}
	return of
}

// waiting is the open pull requests that wait for the same thing.
type waiting struct {
	ID           string
	Title, About string
	State        pull.State
	Rows         []row
}

type row struct {
	ID                       string
	Ref, Path, Title, Branch string
	Author                   string
	Sentence                 string
	Who                      []string
	More                     string
	Place                    *place
	Waits                    []string // for which others it waits
	Gates                    []pull.Verdict
	Glass                    bool // somebody wants to land it past the gates
}

// group leaves out what has no policy: it would only be noise beside what is guarded.
func group(records []pull.Record, turns []pull.Turn) []waiting {
	heads, places := stageHeads, placesOf(turns)
	for _, rec := range records {
		if rec.State != string(pull.Open) {
			continue
		}
		in, req := &heads[stageOf(rec)], rec.Request
		r := row{
			ID:  fmt.Sprintf("pull-%d-%d", rec.Key.Repo, rec.Key.Number),
			Ref: req.Ref(), Path: pagePath(req), Title: req.Title, Branch: req.Base.Branch, Author: req.Author.Login,
			Sentence: headline(rec).Sentence, Place: places[spot{rec.Key, req.Base.Branch}], Gates: gates(rec),
		}
		if missing := needsOf(rec); len(missing) > 0 {
			r.Who, r.More = missing[0].Who, missing[0].More
		}
		r.Waits, r.Glass = dependsOn(rec), req.Glass.Open()
		in.Rows = append(in.Rows, r)
	}
	return slices.DeleteFunc(heads[:], func(w waiting) bool { return len(w.Rows) == 0 })
}

// dependsOn names the pull requests that have to land first, by the shortest names.
func dependsOn(rec pull.Record) []string {
	var names []string
	for _, v := range rec.Verdicts {
		for _, r := range v.Reasons {
			if on := r.Evidence["dependency"]; v.Gate == pull.GateAutomerge && on != "" {
				names = append(names, strings.TrimPrefix(on, rec.Request.Repo.FullName()))
			}
		}
	}
	return names
}

func gates(rec pull.Record) []pull.Verdict {
	return slices.DeleteFunc(inOrder(rec.Verdicts), func(v pull.Verdict) bool { return !slices.Contains(pull.Gates, v.Gate) })
}
