package story

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// reacted waits until a person's last comment has the reaction.
func reacted(ctx context.Context, w *World, args []string) error {
	if len(args) != 2 || w.comments[args[0]] == nil {
		return errors.New("needs a person who has commented, and a reaction")
	}
	return w.until(ctx, "it has the reaction", func(context.Context) (string, bool) {
		all := w.comments[args[0]].Reactions()
		return strings.Join(all, "; "), slices.ContainsFunc(all, func(r string) bool { return strings.HasSuffix(r, ": "+args[1]) })
	})
}
