package story

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/internal/duotest"
)

var duoNames = map[string]string{"ana": "ana.admin", "bo": "bo.admin", "dev": "dev.eloper", "eve": "eve.engineer", "ken": "ken.reader"}

// phone waits until a push shows, and answers it.
func phone(ctx context.Context, w *World, args []string) error {
	if len(args) != 2 {
		return errors.New("needs a person and an answer")
	}
	if args[1] == "approves-all" {
		w.approvesAll(duoNames[args[0]])
		return nil
	}
	p, err := w.openPush(ctx, args[0])
	if err != nil {
		return err
	}
	answer, ok := map[string]func(string) error{
		"approves": w.Duo.Approve, "denies": w.Duo.Deny, "reports-fraud": w.Duo.Fraud, "ignores": w.Duo.Timeout,
	}[args[1]]
	if !ok {
		return fmt.Errorf("nobody %s on a phone", args[1])
	}
	w.merges[args[0]] = p.Get("merge")
	w.Say(fmt.Sprintf("%s's phone shows %s, merge %.10s; %s %s", args[0], p.Get("pull request"), p.Get("merge"), args[0], args[1]))
	return answer(p.Txid)
}

// approvesAll has somebody approve what their phone shows and whatever it will, in whatever order that comes.
func (w *World) approvesAll(user string) {
	w.Duo.AutoApprove(user, 0)
	for _, p := range w.Duo.Pushes() {
		if p.Open() && p.User == user {
			_ = w.Duo.Approve(p.Txid) // which fails where the habit was faster
		}
	}
}

func (w *World) openPush(ctx context.Context, who string) (duotest.Push, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return w.Duo.WaitPush(ctx, duoNames[who])
}

func phoneShows(ctx context.Context, w *World, args []string) error {
	if len(args) < 3 {
		return errors.New("needs a person, a key and a value")
	}
	p, err := w.openPush(ctx, args[0])
	if err != nil {
		return err
	}
	if got, want := p.Get(args[1]), strings.Join(args[2:], " "); got != want {
		return fmt.Errorf("it shows %q", got)
	}
	return nil
}

// duoUser changes what Duo knows of a person.
func duoUser(_ context.Context, w *World, args []string) error {
	if len(args) != 2 {
		return errors.New("needs a person and a condition")
	}
	u := duotest.User{Name: duoNames[args[0]], Devices: []duotest.Device{duotest.Phone()}}
	switch args[1] {
	case "locked":
		u.Status = duotest.LockedOut
	case "unknown":
		u.Status = duotest.Unenrolled
	case "no-phone":
		u.Devices = []duotest.Device{duotest.Landline()}
	case "passcodes":
		u.Devices, u.Passcodes = []duotest.Device{duotest.Landline()}, []string{"123456", "654321"}
	case "well-equipped":
		u.Passcodes = []string{"123456", "654321"}
	case "bypassed":
		u.Status = duotest.Bypass
	case "remembered":
		u.Policy = duotest.AllowUnseen
	case "refused":
		u.Policy = duotest.DenyUnseen
	default:
		return fmt.Errorf("nobody is %s", args[1])
	}
	w.Duo.SetUser(u)
	return nil
}

func rings(_ context.Context, w *World, args []string) error {
	if len(args) != 2 {
		return errors.New("needs a person and a count")
	}
	want, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	got := 0
	for _, p := range w.Duo.Pushes() {
		if p.User == duoNames[args[0]] {
			got++
		}
	}
	if got != want {
		return fmt.Errorf("it rang %d times", got)
	}
	return nil
}

func duoFails(_ context.Context, w *World, args []string) error {
	if len(args) != 3 {
		return errors.New("needs an endpoint, a way and a count")
	}
	times, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	w.Duo.Fail(args[0], duoFault(args[1]), times)
	before := w.Duo.Struck(args[0])
	w.struck = func() bool { return w.Duo.Struck(args[0]) > before }
	return nil
}

func duoFault(way string) duotest.Fault {
	switch way {
	case "lost":
		return duotest.Drop(true)
	case "drop":
		return duotest.Drop(false)
	case "hang":
		return duotest.Fault{Hang: true}
	case "done-hang":
		return duotest.Fault{Hang: true, Effect: true}
	case "limited":
		return duotest.RateLimited(1)
	case "limited-long": // for longer than a story takes
		return duotest.RateLimited(600)
	}
	if code, err := strconv.Atoi(way); err == nil {
		return duotest.Answer(code, `{"stat":"FAIL","code":50000,"message":"trouble"}`)
	}
	return duotest.Answer(200, way)
}
