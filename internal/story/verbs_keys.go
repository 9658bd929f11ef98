package story

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// askKey asks once, as a pipeline does: a request for a phone is not to be repeated until it suits.
func askKey(ctx context.Context, w *World, args []string) error {
	args, base := w.replica(args)
	if len(args) < 2 {
		return errors.New("needs a path and a status")
	}
	path := "/v1/" + args[0]
	body := ""
	if strings.HasPrefix(args[0], "passcode/") {
		code, rest, _ := strings.Cut(args[0], "!")
		path, body = "/v1/"+code, "passcode="+rest
	}
	said, met, err := w.keyCall(ctx, http.MethodPost, base+path, body, args[1:])
	if err == nil && !met {
		err = errors.New("it answers " + said)
	}
	return err
}

// askKeyUnheard asks and does not wait for the answer, which never comes where the server is killed meanwhile.
func askKeyUnheard(ctx context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a path")
	}
	address := w.URL() + "/v1/" + args[0]
	go func() { _, _, _ = w.keyCall(context.WithoutCancel(ctx), http.MethodPost, address, "", []string{"0"}) }()
	return nil
}

// checkKey looks until the answer is so.
func checkKey(ctx context.Context, w *World, args []string) error {
	args, base := w.replica(args)
	if len(args) < 2 {
		return errors.New("needs a key and a status")
	}
	return w.until(ctx, "the key is so", func(ctx context.Context) (string, bool) {
		said, met, err := w.keyCall(ctx, http.MethodGet, base+"/v1/check/"+w.commitNames(args[0]), "", args[1:])
		return fmt.Sprint(said, " ", err), met && err == nil
	})
}

// replica takes off the word that sends a request to the second server.
func (w *World) replica(args []string) ([]string, string) {
	if i := slices.Index(args, "-second"); i >= 0 {
		return slices.Delete(slices.Clone(args), i, i+1), "http://" + w.secondAddress
	}
	return args, w.URL()
}

func (w *World) commitNames(key string) string {
	p, ok := w.Repo.FindPull(w.last)
	if !ok {
		return key
	}
	for name, sha := range map[string]string{"LANDED": p.Merged(), "HEAD": p.Head()} {
		if rest, found := strings.CutPrefix(key, name); found && sha != "" {
			return sha + rest
		}
	}
	return key
}

func (w *World) keyCall(ctx context.Context, method, url, body string, want []string) (said string, met bool, err error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return "", false, err
	}
	req.Header.Set("Authorization", "Bearer "+w.token)
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", false, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", false, err
	}
	w.witness.typed(body)
	w.see(method+" "+req.URL.Path, text)
	var answer struct{ Code string }
	err = json.Unmarshal(text, &answer)
	met = strconv.Itoa(resp.StatusCode) == want[0] && (len(want) < 2 || answer.Code == want[1])
	return fmt.Sprintf("%d %s", resp.StatusCode, text), met, err
}

// second starts another replica beside the first, or cuts its power. A SQLite file has one owner, so there the first
// answers for both.
func second(ctx context.Context, w *World, args []string) error {
	if len(args) != 1 || args[0] != "start" && args[0] != "kill" {
		return errors.New("needs start or kill")
	}
	if w.Database == "" {
		w.secondAddress = w.address
		return nil
	}
	if args[0] == "kill" {
		process := w.secondServer
		if w.secondServer = nil; process == nil {
			return errors.New("there is no second replica")
		}
		return process.Kill()
	}
	return w.startSecond(ctx)
}

func (w *World) startSecond(ctx context.Context) (err error) {
	if w.secondAddress, err = freeAddress(); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(w.Dir, "sallyport.yml"))
	if err != nil {
		return err
	}
	config := filepath.Join(w.Dir, "second.yml")
	if err := os.WriteFile(config, []byte(strings.ReplaceAll(string(text), w.address, w.secondAddress)), 0o600); err != nil {
		return err
	}
	if w.secondServer, err = w.Launch(config, w.secondLog()); err != nil {
		return fmt.Errorf("starting the second replica: %w", err)
	}
	return w.until(ctx, "the second replica is ready", func(ctx context.Context) (string, bool) {
		said, met, err := w.keyCall(ctx, http.MethodGet, "http://"+w.secondAddress+"/v1/health", "", []string{"200"})
		return fmt.Sprint(said, " ", err), met && err == nil
	})
}
