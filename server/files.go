package server

import (
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// maxShownFiles keeps the page readable; GitHub shows the rest.
const maxShownFiles = 400

// fileView is the landing diff under the rules that govern it.
type fileView struct {
	Total  int
	Groups []fileGroup
	Hidden int
	None   string // why there is nothing to show
}

type fileGroup struct {
	ID       string
	Rule     string
	Governed bool // false for files that no rule matches
	Judged   bool // a verdict speaks of the rule
	State    pull.State
	Count    int
	Files    []shownFile
	More     []shownFile // folded away
}

// fewGroups of files are shown at once.
const fewGroups = 12

// FewGroups and RestGroups are what is shown, and what is folded away.
func (v fileView) FewGroups() []fileGroup  { return v.Groups[:min(fewGroups, len(v.Groups))] }
func (v fileView) RestGroups() []fileGroup { return v.Groups[min(fewGroups, len(v.Groups)):] }

// fewFiles of a rule are listed at once.
const fewFiles = 12

type shownFile struct{ Path, Kind string }

func (s *Server) files(rec pull.Record) fileView {
	view := fileView{Total: len(rec.Request.Files)}
	switch {
	case view.Total == 0 && rec.State != string(pull.Open):
		view.None = "GitHub shows what changed."
	case rec.Request.Test.State == pull.Conflict:
		view.None = "Head and base conflict, so there is nothing yet that could land."
	case view.Total == 0 && rec.Request.Test.State != pull.Clean:
		view.None = "GitHub has not merged head and base yet."
	case view.Total == 0:
		view.None = "Nothing differs between base and merge."
	}
	if view.None != "" {
		return view
	}
	room := maxShownFiles
	for _, g := range s.governed(rec.Request) {
		group := fileGroup{ID: fmt.Sprintf("files-%d", len(view.Groups)), Rule: g.Rule, Governed: g.Rule != "", Count: len(g.Files)}
		group.State, group.Judged = ruleState(rec.Verdicts, g.Rule)
		for _, f := range g.Files[:min(room, len(g.Files))] {
			group.Files = append(group.Files, shownFile{f.Path, kind(f)})
		}
		room -= len(group.Files)
		view.Hidden += len(g.Files) - len(group.Files)
		few := min(fewFiles, len(group.Files))
		group.Files, group.More = group.Files[:few], group.Files[few:]
		view.Groups = append(view.Groups, group)
	}
	return view
}

// governed falls back to one group, for a server that was not told how rules match.
func (s *Server) governed(r pull.Request) []Governed {
	if s.Governing != nil {
		if groups := s.Governing(r); len(groups) > 0 {
			return groups
		}
	}
	return []Governed{{Files: r.Files}}
}

// ruleState finds what the approval verdict says of a rule: its reasons carry the rule's name as evidence.
func ruleState(verdicts []pull.Verdict, rule string) (pull.State, bool) {
	for _, v := range verdicts {
		if v.Gate != pull.GateApproval || rule == "" {
			continue
		}
		for _, r := range v.Reasons {
			if r.Evidence["rule"] == rule {
				return r.State, true
			}
		}
	}
	return pull.Block, false
}

// kind names the change. Whatever is more than text in a plain file is named for what it is.
func kind(f pull.File) string {
	switch {
	case f.NewMode == pull.Symlink || f.OldMode == pull.Symlink && f.NewMode == pull.Absent:
		return "symlink"
	case f.NewMode == pull.Submodule || f.OldMode == pull.Submodule:
		return "submodule"
	case f.OldMode == pull.Absent:
		return "added"
	case f.NewMode == pull.Absent:
		return "removed"
	case f.OldMode != f.NewMode:
		return "mode"
	}
	return "changed"
}
