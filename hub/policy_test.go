package hub

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

func TestThreat10PolicyThatCannotBeReadIsNotAbsent(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		options []githubtest.CommitOption
		want    string
	}{
		"symlink":       {"", []githubtest.CommitOption{githubtest.Symlink(".sallyport.yml", "README.md")}, "symbolic link"},
		"submodule":     {"", []githubtest.CommitOption{githubtest.Submodule(".sallyport.yml", strings.Repeat("ab", 20))}, "submodule"},
		"oversized":     {strings.Repeat("# long\n", policySize/7+1), nil, "the limit is 262144"},
		"binary":        {"version: 1\x00\n", nil, "binary"},
		"invalid UTF-8": {"version: 1 # \xff\n", nil, "not UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			files := map[string]string{}
			if c.text != "" {
				files[".sallyport.yml"] = c.text
			}
			w.commit("main", files, c.options...)
			got := w.snapshot(w.change()).Policy
			if !got.Present() || got.Text != "" || got.Blob == "" || !strings.Contains(got.Unreadable, c.want) {
				t.Errorf("policy is %+v, want it unreadable: %s", got, c.want)
			}
		})
	}
}

func TestPolicyOfJustTheLimitIsRead(t *testing.T) {
	w := newWorld(t)
	text := testPolicy + strings.Repeat("#", policySize-len(testPolicy)-1) + "\n"
	w.commit("main", map[string]string{".sallyport.yml": text})
	if got := w.snapshot(w.change()).Policy; got.Text != text || got.Unreadable != "" {
		t.Errorf("%d bytes read, unreadable %q", len(got.Text), got.Unreadable)
	}
}

func TestThreat09PolicyIsTheTipsNotTheHeads(t *testing.T) {
	w := newWorld(t)
	w.commit("lax", map[string]string{".sallyport.yml": "version: 1\n"})
	p := w.open("lax")
	newer := testPolicy + "# stricter\n"
	w.commit("main", map[string]string{"unrelated": "1"})
	if got := w.snapshot(p).Policy.Text; got != testPolicy {
		t.Errorf("policy is %q, want the target branch's", got)
	}
	other := w.change()
	w.commit("main", map[string]string{".sallyport.yml": newer})
	if got := w.snapshot(other).Policy.Text; got != newer {
		t.Errorf("policy is %q, want that of the branch's present tip", got)
	}
}

// GitHub's answer may mix two moments: the text counts only if it hashes to the entry of the tree that was read.
func TestPolicyTextOfAnotherMomentIsReadAgain(t *testing.T) {
	for name, lie := range map[string]func(target map[string]any){
		"other text":     func(target map[string]any) { object(target, "file", "object")["text"] = "version: 1\nrules: []\n" },
		"other blob":     func(target map[string]any) { object(target, "file")["oid"] = strings.Repeat("1", 40) },
		"no file":        func(target map[string]any) { target["file"] = nil },
		"no text":        func(target map[string]any) { object(target, "file", "object")["text"] = nil },
		"truncated text": func(target map[string]any) { object(target, "file", "object")["isTruncated"] = true },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := w.change()
			w.proxy.lie("Snapshot", func(data map[string]any) { lie(object(data, "repository", "pullRequest", "baseRef", "target")) })
			if got := w.snapshot(p).Policy; got.Text != testPolicy || got.Unreadable != "" {
				t.Errorf("policy is %+v, want the true text", got)
			}
		})
	}
}

func TestPolicyIsAbsentOnlyWhenTheTreeSaysSo(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	w.proxy.lie("Snapshot", func(data map[string]any) {
		tree := object(data, "repository", "pullRequest", "baseRef", "target", "tree")
		var kept []any
		for _, e := range tree["entries"].([]any) {
			if e.(map[string]any)["nameRaw"] != "LnNhbGx5cG9ydC55bWw=" {
				kept = append(kept, e)
			}
		}
		tree["entries"] = kept
	})
	wantFailure(t, w.snapshotError(p), pull.Permanent, "tree-unverifiable")
}

func TestPolicyBotsFileIsReadOnlyWhereOursIsAbsent(t *testing.T) {
	w := newWorld(t)
	const text = "policy:\n  approval: []\n"
	w.commit("main", map[string]string{".policy.yml": text})
	p := w.change()
	if got := w.snapshot(p).Policy; got.Path != ".sallyport.yml" || got.Text != testPolicy {
		t.Errorf("policy is %+v, want our own", got)
	}
	w.commit("main", nil, githubtest.Delete(".sallyport.yml"))
	if got := w.snapshot(p).Policy; got.Path != ".policy.yml" || got.Text != text || got.Unreadable != "" {
		t.Errorf("policy is %+v, want policy-bot's", got)
	}
	if list, err := w.hub.OpenPulls(t.Context(), w.asRepo()); err != nil || !list.Gated {
		t.Errorf("gated is %t (%v), want true", list.Gated, err)
	}
}

func TestThreat10UnreadablePolicyBotFileIsNotAbsent(t *testing.T) {
	w := newWorld(t)
	w.commit("main", nil, githubtest.Delete(".sallyport.yml"), githubtest.Symlink(".policy.yml", "README.md"))
	if got := w.snapshot(w.change()).Policy; got.Path != ".policy.yml" || !strings.Contains(got.Unreadable, ".policy.yml is a symbolic link") {
		t.Errorf("policy is %+v, want it unreadable", got)
	}
}
