package story

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	decisionLink = regexp.MustCompile(`/[^"]+/pull/\d+/decisions/\d+`)
	mainPart     = regexp.MustCompile(`(?s)<main.*</main>`)
)

// decision looks at every decision that a pull request's page leads to. One of them says what is meant, and whatever one of
// them said once, it must say for ever.
func decision(ctx context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 2)
	if err != nil {
		return err
	}
	v, err := w.visitor(ctx, args[0])
	if err != nil {
		return err
	}
	text := strings.Join(args[1:], " ")
	return w.until(ctx, "a decision says so, and none says anything else than before", func(ctx context.Context) (string, bool) {
		body, _, err := v.get(ctx, fmt.Sprintf("/%s/pull/%d", w.Repo.FullName(), p.Number))
		if err != nil {
			return err.Error(), false
		}
		links, found, seen := decisionLink.FindAllString(string(body), -1), false, ""
		slices.Sort(links)
		for _, link := range slices.Compact(links) {
			said, err := w.decided(ctx, v, link)
			if err != nil {
				return err.Error(), false
			}
			found, seen = found || strings.Contains(said, text), seen+said
		}
		return seen, found
	})
}

// decided is what the page of one decision says.
func (w *World) decided(ctx context.Context, v *visitor, link string) (string, error) {
	body, status, err := v.get(ctx, link)
	if err != nil {
		return "", err
	}
	said := mainPart.FindString(string(body))
	if before, seen := w.decisions[link]; status != 200 || seen && before != said {
		return "", fmt.Errorf("%s answers %d\n%s\nand said before\n%s", link, status, said, before)
	}
	if w.decisions == nil {
		w.decisions = map[string]string{}
	}
	w.decisions[link] = said
	return said, nil
}
