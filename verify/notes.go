package verify

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/internal/gitdir"
	"github.com/sallyport/sallyport/pull"
)

// notes are the attestations of a clone.
type notes struct {
	tip  string // the commit that the ref points to; "" where there is no such ref
	tree string
}

// readNotes finds the ref and reads every note of the range, so that a landing of several commits is known before its
// first one is looked at.
func (v *run) readNotes() error {
	tip, ok, err := v.git.Ref(v.Notes)
	if err != nil {
		return err
	}
	if !ok {
		v.findings = append(v.findings, Finding{"notes-missing", Fault, fmt.Sprintf("This clone has no %s: nothing in it is attested.", v.Notes),
			fmt.Sprintf("Fetch them, since a plain clone leaves notes out: git fetch origin %s:%s", v.Notes, v.Notes)})
		return nil
	}
	raw, err := v.git.Commit(tip)
	if err != nil {
		return fmt.Errorf("reading %s: %w", v.Notes, err)
	}
	v.notes = notes{tip, parse(raw).tree}
	for i, c := range v.chain {
		v.readNote(c)
		v.spread(i)
	}
	return nil
}

// readNote opens a commit's note. That it has none is for the judge to say.
func (v *run) readNote(c *Commit) {
	text, found, err := v.note(v.notes.tree, c.SHA)
	var missing bool
	switch {
	case err != nil:
		missing = errors.Is(err, gitdir.ErrMissing)
		c.find(doubtIf(missing), attest.Unreadable, "Its note cannot be read: "+err.Error()+".", "Fetch the notes again.")
		return
	case !found:
		return
	}
	sealed, err := attest.Open(text, v.bot)
	if err != nil {
		var f *attest.Fault
		code := attest.Unreadable
		if errors.As(err, &f) {
			code = f.Code
		}
		c.fault(code, "Its attestation is not believed: "+err.Error()+".")
		return
	}
	landing, err := attest.Decode(sealed.Text)
	if err != nil {
		c.fault(attest.Unreadable, "Its attestation says something else than what landed: "+err.Error()+".")
		return
	}
	c.note, c.landing, c.Signer, c.At = &sealed, &landing, sealed.Signer, landing.At
}

func doubtIf(doubt bool) Level {
	if doubt {
		return Doubt
	}
	return Fault
}

// note finds a note whichever way git has spread them over folders.
func (v *run) note(tree, rest string) ([]byte, bool, error) {
	list, err := v.git.Tree(tree)
	if err != nil {
		return nil, false, err
	}
	named := func(name string, mode func(pull.Mode) bool) int {
		return slices.IndexFunc(list, func(e gitdir.Entry) bool { return e.Name == name && mode(e.Mode) })
	}
	if i := named(rest, func(m pull.Mode) bool { return m == pull.Regular || m == pull.Executable }); i >= 0 {
		text, err := v.git.Blob(list[i].ID)
		return text, err == nil, err
	}
	if len(rest) <= 2 {
		return nil, false, nil
	}
	if i := named(rest[:2], func(m pull.Mode) bool { return m == pull.Directory }); i >= 0 {
		return v.note(list[i].ID, rest[2:])
	}
	return nil, false, nil
}

// spread marks the commits below the tip of a landing that consists of several.
func (v *run) spread(tip int) {
	l := v.chain[tip].landing
	if l == nil || len(l.Line) < 2 || len(l.Line) > tip+1 || l.Merge != v.chain[tip].SHA {
		return
	}
	part := v.chain[tip+1-len(l.Line) : tip+1]
	for i, sha := range l.Line {
		if part[i].SHA != sha || part[i].landing != nil && i < len(l.Line)-1 {
			return
		}
	}
	for _, c := range part[:len(part)-1] {
		c.Part = l.Merge
	}
}
