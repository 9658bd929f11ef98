package approval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

func (b *conditionBuilder) signatures(s *Signatures) {
	if s == nil {
		return
	}
	for _, key := range s.Keys {
		if b.fail("signatures", CheckFingerprint(key)) {
			return
		}
	}
	var entries []From
	if s.By != nil {
		var err error
		if entries, err = parseWords(s.By); b.fail("signatures", err) {
			return
		}
	}
	keys := map[string]bool{}
	for _, key := range s.Keys {
		keys[strings.ToUpper(key)] = true
	}
	b.add("signatures", func(h *hearing) finding { return h.allSigned(entries, keys, signedWants(entries, s.Keys)) })
}

func signedWants(entries []From, keys []string) string {
	wants := "valid signatures on every commit"
	if len(entries) > 0 {
		wants += " by " + whom(entries, 1)
	}
	if len(keys) > 0 {
		wants += " with " + either(keys)
	}
	return wants
}

// allSigned asks the same of every commit. The first that fails says why.
func (h *hearing) allSigned(entries []From, keys map[string]bool, wants string) finding {
	f := finding{truth: yes, saw: fmt.Sprintf("all %d commits are signed so: %s", len(h.request.Commits), h.signers()), wants: wants}
	if len(h.request.Commits) == 0 || h.request.CommitsTotal != len(h.request.Commits) {
		return finding{unknown, "some commits could not be read", wants}
	}
	for _, c := range h.request.Commits {
		one, why := h.signedSo(c, entries, keys)
		if one == no {
			return finding{no, fmt.Sprintf("commit %s %s", pull.ShortSHA(c.SHA), why), wants}
		}
		if one == unknown && f.truth == yes {
			f = finding{unknown, fmt.Sprintf("commit %s %s", pull.ShortSHA(c.SHA), why), wants}
		}
	}
	return f
}

// signers are the keys with their owners, each once.
func (h *hearing) signers() string {
	var seen []string
	for _, c := range h.request.Commits {
		if c.Signed == nil {
			continue
		}
		if word := fmt.Sprintf("with %s by %s", c.Signed.Key, h.described(c.Signed.By)); !slices.Contains(seen, word) {
			seen = append(seen, word)
		}
	}
	return listed(seen, ", ")
}

func (h *hearing) signedSo(c pull.Commit, entries []From, keys map[string]bool) (truth, string) {
	switch {
	case c.Signed == nil:
		return unknown, "was not verified yet"
	case !c.Signed.Good:
		return no, "is not signed validly (" + c.Signed.Code + ")"
	case len(keys) > 0 && !keys[c.Signed.Key]:
		return no, "is signed with " + c.Signed.Key
	case len(entries) == 0:
		return yes, ""
	}
	return h.among(c.Signed.By, entries), "is signed by " + h.described(c.Signed.By)
}
