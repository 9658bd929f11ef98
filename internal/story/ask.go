package story

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// answer is what Sallyport's API says of a pull request.
type answer struct {
	State string `json:"state"`
	Gates []struct {
		Name    string        `json:"name"`
		State   string        `json:"state"`
		Reasons []pull.Reason `json:"reasons"`
	} `json:"gates"`
	Next      string `json:"next"`
	MergeSHA  string `json:"merge_sha"`
	LandedSHA string `json:"landed_sha"`
}

// gate finds a gate's state and every reason code in it.
func (a answer) gate(name string) (state string, codes []string) {
	for _, g := range a.Gates {
		if g.Name == name {
			return g.State, allCodes(g.Reasons)
		}
	}
	return "absent", nil
}

func allCodes(reasons []pull.Reason) []string {
	var codes []string
	for _, r := range reasons {
		codes = append(append(codes, r.Code), allCodes(r.Because)...)
	}
	return codes
}

func (a answer) String() string {
	var parts []string
	for _, g := range a.Gates {
		parts = append(parts, fmt.Sprintf("%s=%s %v", g.Name, g.State, allCodes(g.Reasons)))
	}
	return a.State + " " + strings.Join(parts, "; ")
}

// inquire asks Sallyport's API about a pull request.
func (w *World) inquire(ctx context.Context, number int) (answer, error) {
	var a answer
	body, status, err := w.Get(ctx, fmt.Sprintf("/api/v1/pulls/%s/%d", w.Repo.FullName(), number))
	if err != nil {
		return a, err
	}
	if status != http.StatusOK {
		return a, fmt.Errorf("the api answered %d: %s", status, body)
	}
	return a, json.Unmarshal(body, &a)
}

// Get fetches a path of Sallyport with the stories' token.
func (w *World) Get(ctx context.Context, path string) ([]byte, int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL()+path, nil)
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Authorization", "Bearer "+w.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	w.see(path, body)
	return body, resp.StatusCode, err
}

func (w *World) ready(ctx context.Context) (string, bool) {
	body, status, err := w.Get(ctx, "/readyz")
	if err != nil {
		return errors.Join(err, errors.New(tail(w.Log(), 800))).Error(), false
	}
	return string(body), status == http.StatusOK
}

func tail(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return "…" + s[len(s)-n:]
}

// busyJobs are the metric lines of jobs that are due or running.
func busyJobs(metrics string) []string {
	var busy []string
	for line := range strings.Lines(metrics) {
		queued := strings.HasPrefix(line, `sallyport_jobs{queue="passes"`) || strings.HasPrefix(line, `sallyport_jobs{queue="upkeep"`)
		due := strings.Contains(line, `state="available"`) || strings.Contains(line, `state="running"`)
		if queued && due && !strings.HasSuffix(strings.TrimSpace(line), " 0") {
			busy = append(busy, strings.TrimSpace(line))
		}
	}
	return busy
}
