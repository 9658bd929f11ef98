package approval

import (
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

func (b *conditionBuilder) people(key string, words []string, ask func(h *hearing, entries []From) finding) {
	if words == nil {
		return
	}
	entries, err := parseWords(words)
	if b.fail(key, err) {
		return
	}
	b.add(key, func(h *hearing) finding {
		f := ask(h, entries)
		f.wants = whom(entries, 1)
		return f
	})
}

func author(h *hearing, entries []From) finding {
	return finding{truth: h.among(h.request.Author, entries), saw: "the author is " + h.described(h.request.Author)}
}

func anyContributor(h *hearing, entries []From) finding {
	all := h.allAmong(entries)
	if h.contributors.doubtful {
		all = append(all, unknown)
	}
	return finding{truth: some(all), saw: h.crowd()}
}

func allContributors(h *hearing, entries []From) finding {
	all := h.allAmong(entries)
	if h.contributors.doubtful {
		all = append(all, unknown)
	}
	return finding{truth: every(all), saw: h.crowd()}
}

// alone reports whether the author is the only one who shaped the change. Others who are seen settle it; that nobody
// else is seen settles it only where everything was seen.
func (h *hearing) alone(wanted bool) finding {
	others := no
	for _, c := range h.contributors.list {
		if c.account.ID != h.request.Author.ID {
			others = yes
		}
	}
	if others == no && (h.contributors.doubtful || !h.request.Author.Known()) {
		others = unknown
	}
	f := finding{saw: h.crowd()}
	if others != unknown {
		f.truth = truly((others == no) == wanted)
	}
	return f
}

func (h *hearing) allAmong(entries []From) []truth {
	all := make([]truth, 0, len(h.contributors.list)+1)
	for _, c := range h.contributors.list {
		all = append(all, h.among(c.account, entries))
	}
	return all
}

// crowd names who shaped the change, and says so where some of them could not be named.
func (h *hearing) crowd() string {
	var names []string
	for _, c := range h.contributors.list {
		names = append(names, c.account.Login)
	}
	saw := "the contributors are " + wordsOrNone(names)
	if h.contributors.doubtful {
		saw += " and others whom GitHub does not name"
	}
	return saw
}

func (h *hearing) described(a pull.Account) string {
	if !a.Known() {
		return "an account that GitHub no longer knows"
	}
	if role, ok := h.request.Standing.Roles[a.ID]; ok {
		return fmt.Sprintf("%s (%s)", a.Canonical(), role)
	}
	return a.Canonical()
}

// among reports whether an account is one of those that the entries mean. Somebody who is named but has no access
// that could be read is a doubt: they may have lost it, and with it what the rule meant to grant them.
func (h *hearing) among(a pull.Account, entries []From) truth {
	if !a.Known() {
		return unknown
	}
	all := make([]truth, len(entries))
	for i, e := range entries {
		all[i] = h.means(e, a)
	}
	return some(all)
}

func (h *hearing) means(e From, a pull.Account) truth {
	role, read := h.request.Standing.Roles[a.ID]
	switch {
	case a.Kind == pull.Bot:
		return truly(e.Login != "" && h.named(a, e.Login))
	case e.plainRole():
		if !read {
			return unknown
		}
		return truly(role >= e.Role)
	case e.Team != "":
		members, known := h.request.Standing.Members[e.Team]
		if !known {
			return unknown
		}
		if !contains(members, a.ID) {
			return no
		}
	case !h.named(a, e.Login):
		return no
	}
	if !read || role < pull.Read {
		return unknown
	}
	return yes
}

func contains(ids []int64, id int64) bool {
	for _, member := range ids {
		if member == id {
			return true
		}
	}
	return false
}
