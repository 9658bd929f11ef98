package chaos

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/internal/githubtest"
)

// Promises holds everything that happened against what is promised, and returns each promise that was broken.
func (t *Town) Promises(ctx context.Context) error {
	var broken []error
	for _, p := range t.Repo.Pulls() {
		if err := t.booked(ctx, p); err != nil {
			broken = append(broken, fmt.Errorf("#%d: %w", p.Number, err))
		}
		sha := t.landing(ctx, p)
		if sha == "" {
			continue
		}
		if err := t.agreedTo(ctx, p, sha); err != nil {
			broken = append(broken, fmt.Errorf("#%d landed as %s: %w", p.Number, sha, err))
		}
	}
	return errors.Join(append(broken, t.landedOnce(ctx), t.askedOnce(), t.handledAll())...)
}

// landing is what main has of a pull request; "" for nothing. One that somebody closed while the branch was being moved has
// landed, and GitHub calls it closed: the movement holds to the branch's tip, and to nothing else. So has one to which somebody
// pushed in that moment; Sallyport closes it then.
func (t *Town) landing(ctx context.Context, p *githubtest.Pull) string {
	if p.Merged() != "" || p.State() != "closed" {
		return p.Merged()
	}
	log, err := t.git(ctx, "log", "--first-parent", "--merges", "--format=%H %P", "main")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(log) {
		if ids := strings.Fields(line); len(ids) == 3 && (ids[2] == p.Head() || slices.Contains(t.seen.heads[p.Number], ids[2])) {
			return ids[0]
		}
	}
	return ""
}

// booked: the books say what GitHub shows, or main has.
func (t *Town) booked(ctx context.Context, p *githubtest.Pull) error {
	want := map[string]string{"merged": "landed", "closed": "closed", "open": "open"}[p.State()]
	if p.State() == "closed" && (t.seen.blind || t.landing(ctx, p) != "") {
		want = "landed" // where GitHub does not notice what lands by a push, Sallyport closes it
	}
	return t.Run(ctx, "state", []string{want, fmt.Sprintf("pr%d", p.Number)})
}

// agreedTo: CI was green on its head, and where production changed, an admin had seen just these contents and the
// author's phone had said yes to just this commit.
func (t *Town) agreedTo(ctx context.Context, p *githubtest.Pull, landed string) error {
	head, err := t.git(ctx, "rev-parse", landed+"^2")
	if err != nil {
		return err
	}
	if !t.seen.green[head] {
		return fmt.Errorf("CI was never green on %s", head)
	}
	paths, err := t.git(ctx, "diff", "--name-only", landed+"^1", landed)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(strings.Fields(paths), func(path string) bool { return !strings.HasPrefix(path, "staging/") }) {
		return nil
	}
	if confirmed, err := t.confirmed(ctx, p, landed); err != nil || !confirmed {
		return errors.Join(err, errors.New("no phone confirmed it"))
	}
	for _, c := range t.seen.approvals[p.Number] {
		same, err := t.sameContents(ctx, strings.Fields(paths), c.head, landed)
		if err != nil {
			return err
		}
		if same {
			return nil
		}
	}
	return errors.New("no admin had approved these contents")
}

// confirmed: the author's phone said yes to just this commit, or to a batch whose head stands on it and which named it.
func (t *Town) confirmed(ctx context.Context, p *githubtest.Pull, landed string) (bool, error) {
	phone := map[string]string{"dev": "dev.eloper", "eve": "eve.engineer"}[t.author(p)]
	for _, push := range t.Duo.Pushes() {
		if push.User != phone || push.Result != "allow" || !slices.Contains(strings.Fields(push.Get("pull request")), fmt.Sprintf("#%d", p.Number)) {
			continue
		}
		switch named := push.Get("merge"); {
		case named == landed:
			return true, nil
		case !slices.Contains(t.Repo.Moves("main"), named): // that batch came to nothing
		default:
			below, err := t.git(ctx, "rev-list", "--first-parent", landed+"^1.."+named)
			if err != nil {
				return false, err
			}
			if slices.Contains(strings.Fields(below), landed) {
				return true, nil
			}
		}
	}
	return false, nil
}

func (t *Town) sameContents(ctx context.Context, paths []string, a, b string) (bool, error) {
	out, err := t.git(ctx, append([]string{"diff", "--name-only", a, b, "--"}, paths...)...)
	return out == "", err
}

// landedOnce: main's first-parent history has every landing once and nothing else but what people pushed there.
func (t *Town) landedOnce(ctx context.Context) error {
	log, err := t.git(ctx, "log", "--first-parent", "--merges", "--format=%H", "main")
	if err != nil {
		return err
	}
	on := map[string]int{}
	for _, sha := range strings.Fields(log) {
		on[sha]++
	}
	var errs []error
	for _, p := range t.Repo.Pulls() {
		if t.seen.blind && p.State() == "closed" {
			delete(on, t.saidLanded(p)) // GitHub does not know, but people were told
			continue
		}
		sha := t.landing(ctx, p)
		if sha != "" && on[sha] != 1 {
			errs = append(errs, fmt.Errorf("#%d landed as %s, which main has %d times", p.Number, sha, on[sha]))
		}
		delete(on, sha)
	}
	for sha := range on {
		errs = append(errs, fmt.Errorf("main has the merge %s, which is no pull request's", sha))
	}
	return errors.Join(errs...)
}

// saidLanded is where Sallyport said that a pull request landed.
func (t *Town) saidLanded(p *githubtest.Pull) string {
	for _, text := range p.Comments() {
		if _, sha, found := strings.Cut(text, "This landed on main as "); found {
			return strings.TrimRight(sha, ".")
		}
	}
	return ""
}

// askedOnce: nobody's phone rang twice for one commit unless a person had asked for it.
func (t *Town) askedOnce() error {
	rang, about := map[string]int{}, map[string]int{}
	for _, push := range t.Duo.Pushes() {
		key := push.User + " " + push.Get("pull request") + " " + push.Get("merge")
		if rang[key]++; rang[key] > 1 {
			continue
		}
		for name := range strings.FieldsSeq(push.Get("pull request")) {
			number, err := strconv.Atoi(strings.TrimPrefix(name, "#"))
			if err != nil {
				return fmt.Errorf("a phone names %q, which is no pull request", name)
			}
			about[key] += t.seen.asked[number]
		}
	}
	var errs []error
	for key, times := range rang {
		if asked := about[key]; times > 1+asked {
			errs = append(errs, fmt.Errorf("%s rang %d times, asked for were %d", key, times, asked))
		}
	}
	return errors.Join(errs...)
}

// handledAll: what was taken in was handed to a pass, and none of them failed for good.
func (t *Town) handledAll() error {
	for line := range strings.Lines(t.Log()) {
		if strings.Contains(line, `"breach"`) || strings.Contains(line, `"foreign_landing"`) || strings.Contains(line, "panic") {
			return fmt.Errorf("the log has %s", line)
		}
	}
	return nil
}

func (t *Town) git(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", append([]string{"-C", t.Repo.Dir()}, args...)...).Output()
	if err != nil {
		return "", fmt.Errorf("asking git %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}
