package hub

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

// GitHub's limits on a check run.
const (
	maxText        = 65_535 // bytes here, characters there: never too long
	maxButtons     = 3
	maxAnnotations = 50
)

// checkRun is a check run as written. go-github's own type cannot say "no buttons any more".
type checkRun struct {
	Name       string   `json:"name"`
	SHA        string   `json:"head_sha,omitempty"`
	Status     string   `json:"status"`
	Conclusion string   `json:"conclusion,omitempty"`
	DetailsURL string   `json:"details_url,omitempty"`
	ExternalID string   `json:"external_id"`
	Output     output   `json:"output"`
	Actions    []button `json:"actions"`
}

type output struct {
	Title       string       `json:"title"`
	Summary     string       `json:"summary"`
	Text        string       `json:"text"`
	Annotations []annotation `json:"annotations,omitempty"`
}

type button struct {
	Label       string `json:"label"`
	Description string `json:"description"`
	Identifier  string `json:"identifier"`
}

type annotation struct {
	Path    string `json:"path"`
	Start   int    `json:"start_line"`
	End     int    `json:"end_line"`
	Level   string `json:"annotation_level"`
	Message string `json:"message"`
}

// Publish writes a check run and returns its id: it creates one where report.ID is 0, and updates that one in place
// otherwise. A report with annotations is always a new check run, since GitHub adds annotations to an existing one
// instead of replacing them.
//
// GitHub never changes how a run ended, and answers an update that would with success: such an answer is Transient
// "github-error", and the next snapshot shows a run that only a new one can replace.
//
// A lost answer to an update is Transient, for writing it again is harmless; a lost answer to a creation is Unknown,
// and the next snapshot shows whether it exists.
func (h *Hub) Publish(ctx context.Context, repo pull.Repo, report pull.Report) (int64, error) {
	create := report.ID == 0 || len(report.Annotations) > 0
	method, address := http.MethodPost, fmt.Sprintf("repos/%s/%s/check-runs", repo.Owner, repo.Name)
	body := checkRunOf(report)
	if create {
		body.SHA = report.SHA
	} else {
		method, address = http.MethodPatch, fmt.Sprintf("%s/%d", address, report.ID)
	}
	var written struct {
		ID         int64  `json:"id"`
		Status     string `json:"status"`
		Conclusion string `json:"conclusion"`
	}
	r := request{installation: repo.Installation, operation: "check-run", write: create}
	err := h.rest(ctx, r, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		req, err := c.NewRequest(method, address, body)
		if err != nil {
			return nil, err
		}
		return c.Do(ctx, req, &written)
	})
	if err != nil {
		return 0, fmt.Errorf("writing check run %s on %s: %w", report.Name, report.SHA, err)
	}
	if written.Status != body.Status || written.Conclusion != body.Conclusion {
		return 0, transient(codeTrouble, "GitHub shows check run %s on %s as %s %s, and was told %s %s", report.Name, report.SHA,
			written.Status, written.Conclusion, body.Status, body.Conclusion)
	}
	return written.ID, nil
}

func checkRunOf(r pull.Report) checkRun {
	run := checkRun{
		Name: r.Name, Status: r.Status, Conclusion: r.Conclusion, DetailsURL: r.DetailsURL, ExternalID: r.ExternalID,
		Output:  output{Title: clip(r.Title, 255), Summary: clip(r.Summary, maxText-3), Text: clip(r.Text, maxText-3)},
		Actions: []button{},
	}
	if run.Output.Summary == "" {
		run.Output.Summary = run.Output.Title // GitHub takes no output without one
	}
	for _, b := range r.Buttons[:min(maxButtons, len(r.Buttons))] {
		run.Actions = append(run.Actions, button(b))
	}
	for _, a := range r.Annotations[:min(maxAnnotations, len(r.Annotations))] {
		line, level := max(a.Line, 1), "failure"
		if a.Warning {
			level = "warning"
		}
		run.Output.Annotations = append(run.Output.Annotations, annotation{Path: a.Path, Start: line, End: line, Level: level, Message: a.Message})
	}
	return run
}
