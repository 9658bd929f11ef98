package server

import (
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
	Rule     string
	Governed bool // false for files that no rule matches
	Judged   bool // a verdict speaks of the rule
	State    pull.State
	Files    []shownFile
}

type shownFile struct{ Path, Kind string }

func (s *Server) files(rec pull.Record) fileView {
	view := fileView{Total: len(rec.Request.Files)}
	switch {
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
		group := fileGroup{Rule: g.Rule, Governed: g.Rule != ""}
		group.State, group.Judged = ruleState(rec.Verdicts, g.Rule)
		for _, f := range g.Files[:min(room, len(g.Files))] {
			group.Files = append(group.Files, shownFile{f.Path, kind(f)})
		}
		room -= len(group.Files)
		view.Hidden += len(g.Files) - len(group.Files)
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
