package githubtest

import "encoding/base64"

// commitJSON is a commit as the commits API shows it.
func (r *Repo) commitJSON(sha string) object {
	c, err := r.git.commit(sha)
	if err != nil {
		return object{"sha": sha}
	}
	parents := []object{}
	for _, p := range c.Parents {
		parents = append(parents, object{"sha": p, "url": r.api("/commits/" + p), "html_url": r.html("/commit/" + p)})
	}
	return object{
		"sha": sha, "node_id": gitNodeID("C", r.ID, sha), "url": r.api("/commits/" + sha), "html_url": r.html("/commit/" + sha),
		"comments_url": r.api("/commits/" + sha + "/comments"), "author": r.s.credit(c.Author), "committer": r.s.credit(c.Committer),
		"parents": parents,
		"commit": object{
			"author": datedJSON(c.Author), "committer": datedJSON(c.Committer), "message": c.Message,
			"tree": object{"sha": c.Tree, "url": r.api("/git/trees/" + c.Tree)}, "url": r.api("/git/commits/" + sha),
			"comment_count": 0, "verification": r.s.verificationJSON(c),
		},
	}
}

// gitCommitJSON is a commit as the git database API shows it.
func (r *Repo) gitCommitJSON(c *commitObject) object {
	parents := []object{}
	for _, p := range c.Parents {
		parents = append(parents, object{"sha": p, "url": r.api("/git/commits/" + p), "html_url": r.html("/commit/" + p)})
	}
	return object{
		"sha": c.SHA, "node_id": gitNodeID("C", r.ID, c.SHA), "url": r.api("/git/commits/" + c.SHA), "html_url": r.html("/commit/" + c.SHA),
		"author": datedJSON(c.Author), "committer": datedJSON(c.Committer), "message": c.Message, "parents": parents,
		"tree": object{"sha": c.Tree, "url": r.api("/git/trees/" + c.Tree)}, "verification": r.s.verificationJSON(c),
	}
}

// credit is the account that a commit is attributed to, or null.
func (s *Server) credit(i Identity) any {
	if a := s.attribute(i.Email); a != nil {
		return a.json()
	}
	return nil
}

func datedJSON(i Identity) object {
	return object{"name": i.Name, "email": i.Email, "date": stamp(i.When)}
}

func (s *Server) verificationJSON(c *commitObject) object {
	v := s.verify(c)
	o := object{"verified": v.State == "VALID", "reason": v.reason(), "signature": nil, "payload": nil, "verified_at": nil}
	if c.Signature != "" {
		o["signature"], o["payload"] = c.Signature, c.Payload
		if v.State == "VALID" {
			o["verified_at"] = stamp(c.Committer.When)
		}
	}
	return o
}

// treeJSON is a tree as the git database API shows it; recursive lists everything below, folders included.
func (r *Repo) treeJSON(id string, recursive bool) (object, error) {
	entries := []object{}
	var walk func(id, prefix string) error
	walk = func(id, prefix string) error {
		listing, err := r.git.tree(id)
		if err != nil {
			return err
		}
		for _, e := range listing {
			entries = append(entries, r.entryJSON(e, prefix))
			if recursive && e.kind() == "tree" {
				if err := walk(e.ID, prefix+e.Name+"/"); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := walk(id, ""); err != nil {
		return nil, err
	}
	return object{"sha": id, "url": r.api("/git/trees/" + id), "tree": entries, "truncated": false}, nil
}

func (r *Repo) entryJSON(e treeEntry, prefix string) object {
	mode := e.Mode
	if len(mode) == 5 {
		mode = "0" + mode
	}
	o := object{"path": prefix + e.Name, "mode": mode, "type": e.kind(), "sha": e.ID}
	switch e.kind() {
	case "blob":
		data, _ := r.git.blob(e.ID)
		o["size"], o["url"] = len(data), r.api("/git/blobs/"+e.ID)
	case "tree":
		o["url"] = r.api("/git/trees/" + e.ID)
	}
	return o
}

func (r *Repo) blobJSON(id string, data []byte) object {
	return object{"sha": id, "node_id": gitNodeID("B", r.ID, id), "size": len(data), "url": r.api("/git/blobs/" + id),
		"content": base64.StdEncoding.EncodeToString(data), "encoding": "base64"}
}

func (r *Repo) refJSON(ref string) object {
	sha := r.git.refs[ref]
	kind := "commit"
	if o, err := r.git.store.object(sha); err == nil {
		kind = o.kind
	}
	return object{"ref": ref, "node_id": gitNodeID("REF", r.ID, ref), "url": r.api("/git/" + ref),
		"object": object{"type": kind, "sha": sha, "url": r.api("/git/" + kind + "s/" + sha)}}
}

func (f fileChange) json(r *Repo, head string) object {
	o := object{
		"sha": f.ID, "filename": f.Path, "status": f.Status, "additions": f.Additions, "deletions": f.Deletions,
		"changes": f.Additions + f.Deletions, "blob_url": r.html("/blob/" + head + "/" + f.Path),
		"raw_url": r.html("/raw/" + head + "/" + f.Path), "contents_url": r.api("/contents/" + f.Path + "?ref=" + head),
	}
	if f.Previous != "" {
		o["previous_filename"] = f.Previous
	}
	return o
}
