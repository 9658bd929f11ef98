package chaos

import (
	"fmt"
	"net/http"
	"time"

	"github.com/sallyport/sallyport/internal/duotest"
	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/internal/story"
)

// Way is how something outside of Sallyport goes wrong.
type Way string

// The ways. After each of them the server is started anew.
const (
	Refused Way = "refused"
	Lost    Way = "done, reply lost"
	Slow    Way = "slow"
	Before  Way = "killed before"
	After   Way = "killed after"
)

// Ways are all of them, in the order of the table.
var Ways = []Way{Refused, Lost, Slow, Before, After}

// Word is the way's name where there is no room for spaces.
func (w Way) Word() string {
	return map[Way]string{Refused: "refused", Lost: "lost", Slow: "slow", Before: "before", After: "after"}[w]
}

// kills reports whether the process ends as by a power cut.
func (w Way) kills() bool { return w == Before || w == After }

// slowness is long enough for the server to be told to stop meanwhile, and shorter than anybody's patience.
const slowness = 700 * time.Millisecond

// github is the fault of a call to GitHub.
func (w Way) github(f githubtest.Fault) githubtest.Fault {
	f.Times = 1
	switch w {
	case Refused:
		if f.Operation != "" {
			f.Status, f.Body = http.StatusOK, `{"data":null,"errors":[{"type":"FORBIDDEN","message":"Resource not accessible by integration"}]}`
			return f
		}
		no := githubtest.Refuse(http.StatusUnprocessableEntity)
		f.Status, f.Body = no.Status, no.Body
	case Lost:
		f.LoseAnswer = true
	case Slow:
		f.Delay = slowness
	case Before:
		f.Hang = true
	case After:
		f.Hang, f.LoseAnswer = true, true
	}
	return f
}

func (w Way) duo() duotest.Fault {
	return map[Way]duotest.Fault{
		Refused: duotest.Answer(http.StatusBadRequest, `{"stat":"FAIL","code":40002,"message":"Invalid request parameters"}`),
		Lost:    duotest.Drop(true), Slow: duotest.Slow(slowness), Before: duotest.Hang(false), After: duotest.Hang(true),
	}[w]
}

func (w Way) alarm() story.Deafness {
	return map[Way]story.Deafness{
		Refused: {Status: http.StatusBadRequest}, Lost: {Takes: true}, Slow: {Takes: true, Delay: slowness, Status: http.StatusOK},
		Before: {Hang: true}, After: {Takes: true, Hang: true},
	}[w]
}

func (w Way) commit() pgtest.Commit {
	return map[Way]pgtest.Commit{Refused: pgtest.RollBack, Lost: pgtest.Lose, Slow: pgtest.Delay, Before: pgtest.Hold, After: pgtest.Silence}[w]
}

// trap has the effect go wrong that way, and tells how to see that it did.
func (t *Town) trap(e Effect, w Way) (struck func() bool, err error) {
	switch {
	case e.Commit != "":
		if t.Relay == nil {
			return nil, fmt.Errorf("%s: a commit goes wrong only where the database is another process", e.Name)
		}
		sprung := t.Relay.Trap(e.Commit, w.commit())
		return func() bool {
			select {
			case <-sprung:
				return true
			default:
				return false
			}
		}, nil
	case e.Alarm:
		return t.Channel.Fail(w.alarm()), nil
	case e.Duo != "":
		calls := t.Duo.Calls(e.Duo)
		t.Duo.Fail(e.Duo, w.duo(), 1)
		return func() bool { return t.Duo.Calls(e.Duo) > calls }, nil
	}
	active := t.GitHub.Fault(w.github(e.GitHub))
	return func() bool { return active.Strikes() > 0 }, nil
}
