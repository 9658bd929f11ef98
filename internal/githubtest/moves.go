package githubtest

// Moves are the commits to which a branch was moved, oldest first, by whatever way.
func (r *Repo) Moves(branch string) []string {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	var tips []string
	for _, a := range r.activity {
		if a.Ref == "refs/heads/"+branch {
			tips = append(tips, a.After)
		}
	}
	return tips
}
