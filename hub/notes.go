package hub

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

type notesFacts struct {
	Repository *struct {
		ID  int64 `json:"databaseId"`
		Ref *struct {
			Target struct {
				OID     string    `json:"oid"`
				Message string    `json:"message"`
				Tree    *objectID `json:"tree"`
			} `json:"target"`
		} `json:"ref"`
	} `json:"repository"`
	points
}

// Notes says where a ref of notes stands; the zero Notes where there is none.
func (h *Hub) Notes(ctx context.Context, repo pull.Repo, ref string) (pull.Notes, error) {
	var found notesFacts
	q := newQuery("Notes", append(named(repo), variable{"ref", "String!", ref}),
		"repository(owner: $owner, name: $name) { databaseId ref(qualifiedName: $ref) { ...NotesTip } }")
	if err := h.ask(ctx, repo.Installation, q, &found, nil); err != nil {
		return pull.Notes{}, fmt.Errorf("reading %s: %w", ref, err)
	}
	if found.Repository == nil {
		return pull.Notes{}, permanent(codeNotFound, "GitHub does not find %s", repo.FullName())
	}
	if err := sameRepository(repo, found.Repository.ID); err != nil {
		return pull.Notes{}, err
	}
	r := found.Repository.Ref
	if r == nil {
		return pull.Notes{}, nil
	}
	if r.Target.Tree == nil {
		return pull.Notes{}, permanent("notes-unreadable", "%s points to something that is no commit", ref)
	}
	return pull.Notes{Commit: r.Target.OID, Tree: r.Target.Tree.OID, Message: r.Target.Message}, nil
}

type noteFacts struct {
	Repository *struct {
		Object *objectID `json:"object"`
	} `json:"repository"`
	points
}

// Note reads one note by its path below a commit of notes; ok is false where there is none.
func (h *Hub) Note(ctx context.Context, repo pull.Repo, commit, path string) (text []byte, ok bool, err error) {
	var found noteFacts
	q := newQuery("Note", append(named(repo), variable{"place", "String!", commit + ":" + path}),
		"repository(owner: $owner, name: $name) { object(expression: $place) { oid } }")
	if err := h.ask(ctx, repo.Installation, q, &found, nil); err != nil {
		return nil, false, fmt.Errorf("looking for the note %s: %w", path, err)
	}
	if found.Repository == nil || found.Repository.Object == nil {
		return nil, false, nil
	}
	id := found.Repository.Object.OID
	var blob *github.Blob
	err = h.rest(ctx, request{installation: repo.Installation, operation: "blob"}, func(ctx context.Context, c *github.Client) (resp *github.Response, err error) {
		blob, resp, err = c.Git.GetBlob(ctx, repo.Owner, repo.Name, id)
		return resp, err
	})
	if err != nil {
		return nil, false, fmt.Errorf("reading the note %s: %w", path, err)
	}
	text, err = base64.StdEncoding.DecodeString(blob.GetContent())
	if err != nil || hashObject("blob", text, len(id)) != id {
		return nil, false, transient(codeTrouble, "GitHub's copy of the note %s does not match its id", path)
	}
	return text, true, nil
}

// NoteTree puts one note into a tree of notes and returns the new tree. Doing it twice is harmless.
func (h *Hub) NoteTree(ctx context.Context, repo pull.Repo, tree, path, text string) (string, error) {
	mode, kind := "100644", "blob"
	entries := []*github.TreeEntry{{Path: &path, Mode: &mode, Type: &kind, Content: &text}}
	var made *github.Tree
	err := h.rest(ctx, request{installation: repo.Installation, operation: "tree"}, func(ctx context.Context, c *github.Client) (resp *github.Response, err error) {
		made, resp, err = c.Git.CreateTree(ctx, repo.Owner, repo.Name, tree, entries)
		return resp, err
	})
	if err != nil {
		return "", fmt.Errorf("writing the note %s: %w", path, err)
	}
	return made.GetSHA(), validID(made.GetSHA())
}

// UploadNote hands over a commit of notes that no ref points to yet, and returns the name that GitHub gives it. The
// caller must hold that name against the bytes. Uploading twice is harmless.
func (h *Hub) UploadNote(ctx context.Context, repo pull.Repo, n pull.NoteCommit) (string, error) {
	var parents []*github.Commit
	if n.Parent != "" {
		parents = []*github.Commit{{SHA: &n.Parent}}
	}
	made, err := h.upload(ctx, repo, n.By, &github.Commit{Message: &n.Message, Tree: &github.Tree{SHA: &n.Tree}, Parents: parents,
		Verification: &github.SignatureVerification{Signature: &n.Signature}})
	if err != nil {
		return "", fmt.Errorf("uploading a commit of notes: %w", err)
	}
	return made.GetSHA(), nil
}

// upload makes a commit object by that author, exactly as it was signed. The signature goes without a newline at its end, which
// GitHub may write into the commit as a line of its own: the commit would then have another name than the one that was computed.
func (h *Hub) upload(ctx context.Context, repo pull.Repo, by pull.Signature, commit *github.Commit) (*github.Commit, error) {
	*commit.Verification.Signature = strings.TrimRight(*commit.Verification.Signature, "\n")
	who := &github.CommitAuthor{Name: &by.Name, Email: &by.Email, Date: &github.Timestamp{Time: by.At.UTC()}}
	commit.Author, commit.Committer = who, who
	var made *github.Commit
	r := request{installation: repo.Installation, operation: "commit"}
	err := h.rest(ctx, r, func(ctx context.Context, client *github.Client) (resp *github.Response, err error) {
		made, resp, err = client.Git.CreateCommit(ctx, repo.Owner, repo.Name, commit, nil)
		return resp, err
	})
	if err != nil {
		return nil, err
	}
	return made, validID(made.GetSHA())
}
