package story

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// confirm acknowledges through the API what it shows, in a person's name.
func confirm(ctx context.Context, w *World, args []string) error {
	return w.confirmMerge(ctx, args, func(shown string) string { return shown })
}

// confirmStale names another merge than the one that is shown.
func confirmStale(ctx context.Context, w *World, args []string) error {
	return w.confirmMerge(ctx, args, func(string) string { return strings.Repeat("a", 40) })
}

func (w *World) confirmMerge(ctx context.Context, args []string, merge func(shown string) string) error {
	args, p, err := w.words(args, 5)
	if err != nil {
		return err
	}
	a, err := w.inquire(ctx, p.Number)
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]string{"login": args[0], "factor": args[1], "passcode": strings.Trim(args[2], "-"), "merge": merge(a.MergeSHA)})
	if err != nil {
		return err
	}
	said, code, err := w.Post(ctx, fmt.Sprintf("/api/v1/pulls/%s/%d/confirm", w.Repo.FullName(), p.Number), string(body))
	if err == nil && (strconv.Itoa(code) != args[3] || !strings.Contains(string(said), args[4])) {
		err = fmt.Errorf("it answered %d %s", code, said)
	}
	return err
}

// silent sees that a text is nowhere in what Sallyport has written: not in its log, not in its files.
func silent(_ context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a text")
	}
	if strings.Contains(w.Log(), args[0]) {
		return errors.New("the log has it")
	}
	entries, err := os.ReadDir(w.Dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if text, err := os.ReadFile(w.Dir + "/" + e.Name()); err == nil && strings.HasPrefix(e.Name(), "sallyport.db") && strings.Contains(string(text), args[0]) {
			return fmt.Errorf("%s has it", e.Name())
		}
	}
	return nil
}
