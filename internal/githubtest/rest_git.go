package githubtest

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"
)

// gitRoutes are the git database: objects and refs.
func (s *Server) gitRoutes(mux *http.ServeMux) {
	read, write := access{tokens, "contents", "read"}, access{tokens, "contents", "write"}
	const base = "/repos/{owner}/{repo}/git"
	s.handle(mux, "GET "+base+"/blobs/{sha}", read, getBlob)
	s.handle(mux, "POST "+base+"/blobs", write, createBlob)
	s.handle(mux, "GET "+base+"/trees/{sha}", read, getTree)
	s.handle(mux, "POST "+base+"/trees", write, createTree)
	s.handle(mux, "GET "+base+"/commits/{sha}", read, getGitCommit)
	s.handle(mux, "POST "+base+"/commits", write, createCommit)
	s.handle(mux, "GET "+base+"/ref/{ref...}", read, getRef)
	s.handle(mux, "GET "+base+"/matching-refs/{ref...}", read, matchingRefs)
	s.handle(mux, "POST "+base+"/refs", write, createRef)
	s.handle(mux, "PATCH "+base+"/refs/{ref...}", write, updateRef)
	s.handle(mux, "DELETE "+base+"/refs/{ref...}", write, deleteRef)
}

func getBlob(q *request) (answer, *apiError) {
	data, err := q.repo.git.blob(q.PathValue("sha"))
	if err != nil {
		return answer{}, notFound()
	}
	return ok(q.repo.blobJSON(q.PathValue("sha"), data))
}

func createBlob(q *request) (answer, *apiError) {
	var in struct{ Content, Encoding string }
	if err := q.decode(&in); err != nil {
		return answer{}, err
	}
	data := []byte(in.Content)
	if in.Encoding == "base64" {
		decoded, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(in.Content, "\n", ""))
		if err != nil {
			return answer{}, invalid("Blob", "content is not valid Base64")
		}
		data = decoded
	}
	o := gitObject{"blob", data}
	if err := q.repo.git.store.write(o); err != nil {
		return answer{}, invalid("Blob", err.Error())
	}
	return created(object{"sha": o.id(), "url": q.repo.api("/git/blobs/" + o.id())})
}

func getTree(q *request) (answer, *apiError) {
	id, err := q.repo.git.resolve(q.PathValue("sha")+"^{tree}", q.repo.main)
	if err != nil {
		return answer{}, notFound()
	}
	o, err := q.repo.treeJSON(id, q.URL.Query().Has("recursive"))
	if err != nil {
		return answer{}, notFound()
	}
	return ok(o)
}

// createTree writes a tree: the given entries over the base tree's. A null SHA removes a path.
func createTree(q *request) (answer, *apiError) {
	var in struct {
		BaseTree string `json:"base_tree"`
		Tree     []struct {
			Path, Mode, Type string
			SHA              *string
			Content          *string
		}
	}
	if err := q.decode(&in); err != nil {
		return answer{}, err
	}
	listing := map[string]treeEntry{}
	if in.BaseTree != "" {
		if err := q.repo.git.flatten(in.BaseTree, "", listing); err != nil {
			return answer{}, invalid("Tree", "base_tree is not a valid tree")
		}
	}
	var objects []gitObject
	for _, e := range in.Tree {
		mode := strings.TrimPrefix(e.Mode, "0")
		switch {
		case e.Content != nil:
			o := gitObject{"blob", []byte(*e.Content)}
			objects = append(objects, o)
			listing[e.Path] = treeEntry{Mode: mode, ID: o.id()}
		case e.SHA == nil:
			delete(listing, e.Path)
		case mode == "40000":
			if err := q.repo.git.flatten(*e.SHA, e.Path+"/", listing); err != nil {
				return answer{}, invalid("Tree", "tree.sha "+*e.SHA+" is not a valid tree")
			}
		case mode != "160000" && !q.repo.git.has("blob", *e.SHA):
			return answer{}, invalid("Tree", "tree.sha "+*e.SHA+" is not a valid blob")
		default:
			listing[e.Path] = treeEntry{Mode: mode, ID: *e.SHA}
		}
	}
	root, trees := grow(listing)
	if err := q.repo.git.store.write(append(objects, trees...)...); err != nil {
		return answer{}, invalid("Tree", err.Error())
	}
	o, err := q.repo.treeJSON(root, false)
	if err != nil {
		return answer{}, invalid("Tree", err.Error())
	}
	return created(o)
}

func getGitCommit(q *request) (answer, *apiError) {
	c, err := q.repo.git.commit(q.PathValue("sha"))
	if err != nil {
		return answer{}, notFound()
	}
	return ok(q.repo.gitCommitJSON(c))
}

type personInput struct {
	Name, Email string
	Date        time.Time
}

// createCommit writes a commit object as told, byte for byte: with a signature, the caller must have signed exactly
// what git would write.
func createCommit(q *request) (answer, *apiError) {
	var in struct {
		Message, Tree, Signature string
		Parents                  []string
		Author, Committer        *personInput
	}
	if err := q.decode(&in); err != nil {
		return answer{}, err
	}
	if !q.repo.git.has("tree", in.Tree) {
		return answer{}, invalid("Commit", "Tree SHA does not exist")
	}
	for _, p := range in.Parents {
		if !q.repo.git.has("commit", p) {
			return answer{}, invalid("Commit", "Parent SHA does not exist or is not a commit object")
		}
	}
	c := commitObject{Tree: in.Tree, Parents: in.Parents, Message: in.Message, Signature: in.Signature}
	c.Author = q.identity(in.Author, q.s.identity(q.who.account()))
	c.Committer = q.identity(in.Committer, c.Author)
	o := formatCommit(c)
	if in.Signature == "" && in.Author == nil && q.who.Install != nil {
		signed, err := q.s.store(q.repo, c)
		if err != nil {
			return answer{}, invalid("Commit", err.Error())
		}
		return q.madeCommit(signed)
	}
	if err := q.repo.git.store.write(o); err != nil {
		return answer{}, invalid("Commit", err.Error())
	}
	return q.madeCommit(o.id())
}

func (q *request) identity(in *personInput, fallback Identity) Identity {
	if in == nil {
		return fallback
	}
	if in.Date.IsZero() {
		in.Date = q.s.now()
	}
	return Identity{in.Name, in.Email, in.Date}
}

func (q *request) madeCommit(sha string) (answer, *apiError) {
	c, err := q.repo.git.commit(sha)
	if err != nil {
		return answer{}, invalid("Commit", err.Error())
	}
	return created(q.repo.gitCommitJSON(c))
}
