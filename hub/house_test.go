package hub

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

const testFloor = "version: 1\nrules:\n  - name: floor\n    paths: [prod/**]\n    require:\n      approvals: {from: [admin]}\n"

func (w *world) house(files map[string]string, options ...githubtest.CommitOption) *githubtest.Repo {
	w.t.Helper()
	repo := must(w.gh.Repo(w.org, ".github"))(w.t)
	must(repo.Commit("main", files, w.bo, options...))(w.t)
	return repo
}

// asked counts the requests of a name so far; of any name where it is empty.
func (w *world) asked(operation string) int {
	n := 0
	for _, c := range w.meter.all() {
		if (operation == "" || c.Operation == operation) && c.Operation != "token" {
			n++
		}
	}
	return n
}

func TestFloorIsReadWithTheSameQueryAndItsTextOnce(t *testing.T) {
	w := newWorld(t)
	house := w.house(map[string]string{".sallyport.yml": testFloor})
	p := w.change()
	r := w.snapshot(p)
	if r.Floor.Path != "acme/.github:.sallyport.yml" || r.Floor.Text != testFloor || r.Floor.Blob == "" {
		t.Fatalf("the floor is %+v", r.Floor)
	}
	if want := r.Policy.Blob + "+" + r.Floor.Blob; r.Rulebook() != want {
		t.Errorf("the policy's digest is %s, want %s", r.Rulebook(), want)
	}
	before := w.asked("")
	if again := w.snapshot(p); again.Floor != r.Floor {
		t.Errorf("the floor is %+v now", again.Floor)
	}
	if n := w.asked("") - before; n != 1 {
		t.Errorf("a second look took %d requests, want 1", n)
	}
	must(house.Commit("main", map[string]string{".sallyport.yml": testFloor + "# stricter\n"}, w.bo))(t)
	if newer := w.snapshot(p).Floor; newer.Text != testFloor+"# stricter\n" {
		t.Errorf("the floor is %q, want what was pushed", newer.Text)
	}
}

func TestThreat13FloorThatCannotBeReadIsNotAbsent(t *testing.T) {
	for name, tt := range map[string]struct {
		files   map[string]string
		options []githubtest.CommitOption
		change  func(*world, *githubtest.Repo)
		want    string
	}{
		"symlink":   {map[string]string{"README.md": "x"}, []githubtest.CommitOption{githubtest.Symlink(".sallyport.yml", "README.md")}, nil, "symbolic link"},
		"too large": {map[string]string{".sallyport.yml": strings.Repeat("# long\n", policySize/7+1)}, nil, nil, "the limit is 262144"},
		"binary":    {map[string]string{".sallyport.yml": "version: 1\x00\n"}, nil, nil, "binary"},
		"forbidden": {map[string]string{".sallyport.yml": testFloor}, nil, func(w *world, _ *githubtest.Repo) {
			w.proxy.lie("Snapshot", func(data map[string]any) { data["house"] = nil })
			w.proxy.complain("Snapshot", map[string]any{"type": "FORBIDDEN", "path": []any{"house"}, "message": "blocked by single sign-on"})
		}, "single sign-on"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			house := w.house(tt.files, tt.options...)
			if tt.change != nil {
				tt.change(w, house)
			}
			if got := w.snapshot(w.change()).Floor; !got.Present() || got.Text != "" || !strings.Contains(got.Unreadable, tt.want) {
				t.Errorf("the floor is %+v, want it unreadable: %s", got, tt.want)
			}
		})
	}
}

func TestNoFloor(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	if r := w.snapshot(p); r.Floor.Present() || r.Rulebook() != r.Policy.Blob {
		t.Errorf("without a .github repository the floor is %+v", r.Floor)
	}
	w.house(map[string]string{"README.md": "ours"})
	if r := w.snapshot(p); r.Floor.Present() {
		t.Errorf("without the file the floor is %+v", r.Floor)
	}
}

func TestSharedPolicyBotFileCountsWhereTheRepositoryHasNone(t *testing.T) {
	w := newWorld(t)
	const text = "policy:\n  approval: []\n"
	w.house(map[string]string{"policy.yml": text})
	p := w.change()
	if got := w.snapshot(p).Policy; got.Path != ".sallyport.yml" {
		t.Errorf("the policy is %+v, want the repository's own", got)
	}
	w.commit("main", nil, githubtest.Delete(".sallyport.yml"))
	r := w.snapshot(p)
	if r.Policy.Path != "acme/.github:policy.yml" || r.Policy.Text != text || len(r.Files) == 0 {
		t.Errorf("the policy is %+v, want the shared one", r.Policy)
	}
	if list, err := w.hub.OpenPulls(t.Context(), w.asRepo()); err != nil || !list.Gated {
		t.Errorf("gated is %t (%v), want true", list.Gated, err)
	}
	w.commit("main", map[string]string{".policy.yml": text + "# own\n"})
	if got := w.snapshot(p).Policy; got.Path != ".policy.yml" {
		t.Errorf("the policy is %+v, want the repository's own", got)
	}
}

func TestSweepLearnsOfTheFloor(t *testing.T) {
	w := newWorld(t)
	w.commit("main", nil, githubtest.Delete(".sallyport.yml"))
	w.house(map[string]string{".sallyport.yml": testFloor})
	list, err := w.hub.OpenPulls(t.Context(), w.asRepo())
	if err != nil || list.Gated || list.Floor.Text != testFloor {
		t.Errorf("read %+v (%v), want the floor and no policy", list, err)
	}
}

func TestCodeownersInGitHubsOrder(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	read := func() pull.Source { return must(w.hub.Codeowners(t.Context(), w.snapshot(p)))(t) }
	if got := read(); got.Present() {
		t.Errorf("code owners are %+v, want none", got)
	}
	for _, place := range []string{"docs/CODEOWNERS", "CODEOWNERS", ".github/CODEOWNERS"} {
		w.commit("main", map[string]string{place: "* @" + strings.ToLower(place[:1]) + "x\n"})
		if got := read(); got.Path != place || got.Text == "" || got.Unreadable != "" {
			t.Errorf("code owners are %+v, want those of %s", got, place)
		}
	}
	w.snapshot(p)
	before := w.asked("")
	r := w.snapshot(p)
	if got := must(w.hub.Codeowners(t.Context(), r))(t); got.Path != ".github/CODEOWNERS" {
		t.Errorf("code owners are %+v", got)
	}
	w.commit("main", map[string]string{"unrelated": "1"})
	if got := read(); got.Path != ".github/CODEOWNERS" {
		t.Errorf("code owners are %+v", got)
	}
	if extra := w.asked("Text") + w.asked("blob"); w.asked("")-before > 4 || extra != 3 {
		t.Errorf("an unchanged file was read again: %d texts for three files, %d requests", extra, w.asked("")-before)
	}
}

func TestThreat10CodeownersThatCannotBeReadAreNotAbsent(t *testing.T) {
	for name, tt := range map[string]struct {
		text    string
		options []githubtest.CommitOption
		want    string
	}{
		"too large": {strings.Repeat("# long\n", codeownersSize/7+1), nil, "the limit is 3145728"},
		"symlink":   {"", []githubtest.CommitOption{githubtest.Symlink("CODEOWNERS", "README.md")}, "symbolic link"},
		"binary":    {"* @a\x00\n", nil, "binary"},
		"not UTF-8": {"* @a # \xff\n", nil, "not UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			files := map[string]string{}
			if tt.text != "" {
				files["CODEOWNERS"] = tt.text
			}
			w.commit("main", files, tt.options...)
			got := must(w.hub.Codeowners(t.Context(), w.snapshot(w.change())))(t)
			if !got.Present() || got.Text != "" || !strings.Contains(got.Unreadable, tt.want) {
				t.Errorf("code owners are %+v, want them unreadable: %s", got, tt.want)
			}
		})
	}
}

func TestLargeCodeownersAreReadWhole(t *testing.T) {
	w := newWorld(t)
	text := strings.Repeat("# a comment of some length, again and again\n", 20_000) + "* @alice\n"
	w.commit("main", map[string]string{"CODEOWNERS": text})
	if got := must(w.hub.Codeowners(t.Context(), w.snapshot(w.change())))(t); got.Text != text {
		t.Errorf("read %d bytes (%s), want %d", len(got.Text), got.Unreadable, len(text))
	}
}
