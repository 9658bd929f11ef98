package story

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// post sends a file to Sallyport's API and waits for the answer that is meant.
func post(ctx context.Context, w *World, args []string) error {
	if len(args) < 3 {
		return errors.New("needs a path, a file and a status")
	}
	text, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	return w.until(ctx, "the api answers so", func(ctx context.Context) (string, bool) {
		body, code, err := w.Post(ctx, args[0], string(text))
		if err != nil {
			return err.Error(), false
		}
		return fmt.Sprintf("%d %s", code, body), strconv.Itoa(code) == args[2] && strings.Contains(string(body), strings.Join(args[3:], " "))
	})
}

// Post sends a body to a path of Sallyport with the stories' token.
func (w *World) Post(ctx context.Context, path, body string) ([]byte, int, error) {
	return w.call(ctx, http.MethodPost, path, body)
}

func (w *World) call(ctx context.Context, method, path, body string) ([]byte, int, error) {
	req, err := http.NewRequestWithContext(ctx, method, w.URL()+path, strings.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Authorization", "Bearer "+w.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	w.witness.typed(body)
	w.see(method+" "+path, answer)
	return answer, resp.StatusCode, err
}
