package story

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/sallyport/sallyport/attest"
)

// tampered is where Mallory prepares what is then pushed in place of the notes.
const tampered = "refs/notes/tampered"

// tamperings are ways to rewrite the attestations. Each leaves at tampered what is to stand in their place.
var tamperings = map[string]func(context.Context, *World) error{
	"removed": func(ctx context.Context, w *World) error { return w.gitNotes(ctx, "remove", "main") },
	"copied":  func(ctx context.Context, w *World) error { return w.gitNotes(ctx, "copy", "-f", "main^", "main") },
	"added": func(ctx context.Context, w *World) error {
		return w.gitNotes(ctx, "add", "-f", "-m", "mine", w.guarded)
	},
	"edited":   editNote,
	"replaced": replaceNotes,
	"rewound": func(ctx context.Context, w *World) error {
		_, err := w.mallory(ctx, "", "update-ref", tampered, attest.NotesRef+"^")
		return err
	},
}

// notes tampers with the attestations on the simulated GitHub, as anybody who may push can: the ref is moved by a forced
// push.
func notes(ctx context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs what is done to them")
	}
	tip := ""
	switch args[0] {
	case "deleted":
		tip = strings.Repeat("0", 40)
	case "no-commit":
		blob, err := w.mallory(ctx, "nothing to see\n", "hash-object", "-w", "--stdin")
		if err != nil {
			return err
		}
		tip = blob
	default:
		tamper := tamperings[args[0]]
		if tamper == nil {
			return fmt.Errorf("nobody knows how notes are %s", args[0])
		}
		if _, err := w.mallory(ctx, "", "update-ref", tampered, attest.NotesRef); err != nil {
			return err
		}
		err := tamper(ctx, w)
		if err != nil {
			return err
		}
		if tip, err = w.mallory(ctx, "", "rev-parse", tampered); err != nil {
			return err
		}
	}
	return w.Repo.PushRef(w.person("dev"), attest.NotesRef, tip)
}

// editNote changes what the newest attestation says, and leaves its signature as it is.
func editNote(ctx context.Context, w *World) error {
	text, err := w.mallory(ctx, "", "notes", "--ref="+tampered, "show", "main")
	if err != nil {
		return err
	}
	var envelope map[string]any
	if err := json.Unmarshal([]byte(text), &envelope); err != nil {
		return err
	}
	statement, err := base64.StdEncoding.DecodeString(fmt.Sprint(envelope["payload"]))
	if err != nil {
		return err
	}
	edited := strings.Replace(string(statement), `"branch":"main"`, `"branch":"maim"`, 1)
	if edited == string(statement) {
		return errors.New("the statement does not name main")
	}
	envelope["payload"] = base64.StdEncoding.EncodeToString([]byte(edited))
	out, err := json.Marshal(envelope)
	if err != nil {
		return err
	}
	file := filepath.Join(w.Dir, "edited-note")
	if err := errors.Join(os.WriteFile(file, out, 0o600), w.gitNotes(ctx, "add", "-f", "-F", file, "main")); err != nil {
		return err
	}
	return os.Remove(file)
}

// replaceNotes begins a history of notes of its own, with one that says that all is well.
func replaceNotes(ctx context.Context, w *World) error {
	if _, err := w.mallory(ctx, "", "update-ref", "-d", tampered); err != nil {
		return err
	}
	return w.gitNotes(ctx, "add", "-m", "approved, trust me", "main")
}

func (w *World) gitNotes(ctx context.Context, words ...string) error {
	_, err := w.mallory(ctx, "", append([]string{"notes", "--ref=" + tampered}, words...)...)
	return err
}

// rollBack pushes main to where it stood before its newest landing.
func rollBack(ctx context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a person")
	}
	before, err := w.mallory(ctx, "", "rev-parse", "main^")
	if err != nil {
		return err
	}
	return w.Repo.Push(w.person(args[0]), "main", before, true)
}

// mallory runs git in the repository with a name of no standing.
func (w *World) mallory(ctx context.Context, input string, words ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", w.Repo.Dir(), "-c", "user.name=Mallory", "-c", "user.email=m@evil.example"}, words...)...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", strings.Join(words, " "), err, out)
	}
	return strings.TrimSpace(string(out)), nil
}
