package store

import (
	"context"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// promptsOf are the latest prompts that speak of a pull request, those about a batch as they speak of it.
func promptsOf(k pull.Key, into *[]pull.Confirmation) stmt {
	return do(`
SELECT id, body FROM prompts WHERE (repo = $1 AND number = $2) OR id IN (SELECT prompt FROM prompt_covers WHERE repo = $1 AND number = $2)
ORDER BY id DESC LIMIT 50`, k.Repo, k.Number).rows(func(r row) error {
		var c pull.Confirmation
		if err := scanPrompt(r, &c); err != nil {
			return err
		}
		if own, ok := c.For(k); ok {
			*into = append(*into, own)
		}
		return nil
	})
}

// cover writes down of which other pull requests a prompt speaks.
func (t *tx) cover(ctx context.Context, c pull.Confirmation) error {
	var batch []stmt
	for _, k := range covered(c) {
		batch = append(batch, do(`INSERT INTO prompt_covers (prompt, repo, number) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, c.ID, k.Repo, k.Number))
	}
	return t.run(ctx, batch...)
}

// covered are the pull requests of a prompt besides its own.
func covered(c pull.Confirmation) []pull.Key {
	return slices.DeleteFunc(c.Keys(), func(k pull.Key) bool { return k == c.Binding.Key() })
}

// notePrompt writes a row about each pull request that the prompt speaks of, as it speaks of it.
func (t *tx) notePrompt(kind string, c pull.Confirmation) {
	t.note(pull.Entry{Kind: kind, Repo: c.Binding.Repo, Pull: c.Binding.Number, Body: c})
	for _, k := range covered(c) {
		own, _ := c.For(k)
		own.Covers = nil
		t.note(pull.Entry{Kind: kind, Repo: k.Repo, Pull: k.Number, Body: own})
	}
}

func (t *tx) wakeCovered(ctx context.Context, c pull.Confirmation) error {
	for _, k := range c.Keys() {
		if err := t.wakeOne(ctx, k); err != nil {
			return err
		}
	}
	return nil
}
