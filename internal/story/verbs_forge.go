package story

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// impersonate is what somebody can do who has the webhook's secret: a delivery that is signed as GitHub's are, and that tells of
// a command of somebody who gave none.
func impersonate(ctx context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 3)
	if err != nil {
		return err
	}
	owner, name, _ := strings.Cut(w.Repo.FullName(), "/")
	as, text := w.person(args[1]), strings.Join(args[2:], " ")
	told := map[string]any{
		"repository": map[string]any{"id": w.Repo.ID, "name": name, "owner": map[string]any{"login": owner, "id": 1, "type": "Organization"}},
		"sender":     map[string]any{"id": as.ID, "login": as.Login(), "type": "User"}, "installation": map[string]any{"id": w.installed.ID},
	}
	event := "issue_comment"
	switch args[0] {
	case "comment", "lines": // in a comment that nobody wrote, or in one that they did write, of something else
		id := int64(9_999_999)
		if said := w.comments[args[1]]; said != nil && args[0] == "lines" {
			id = said.ID
		}
		told["action"], told["issue"] = "created", map[string]any{"number": p.Number, "pull_request": map[string]any{}}
		told["comment"] = map[string]any{"id": id, "body": text}
	case "button":
		event = "check_run"
		told["action"], told["requested_action"] = "requested_action", map[string]any{"identifier": text}
		told["check_run"] = map[string]any{"id": 1, "name": "sallyport/duo", "head_sha": p.Head(), "app": map[string]any{"id": w.App.ID},
			"pull_requests": []any{map[string]any{"number": p.Number}}}
	default:
		return fmt.Errorf("needs comment, lines or button, got %s", args[0])
	}
	return w.forgeDelivery(ctx, event, told)
}

func (w *World) forgeDelivery(ctx context.Context, event string, told any) error {
	body, err := json.Marshal(told)
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, []byte(w.signs.server))
	mac.Write(body)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL()+"/api/github/hook", bytes.NewReader(body))
	if err != nil {
		return err
	}
	for name, value := range map[string]string{"Content-Type": "application/json", "X-GitHub-Event": event,
		"X-GitHub-Delivery": fmt.Sprintf("forged-%d", time.Now().UnixNano()), "X-Hub-Signature-256": "sha256=" + hex.EncodeToString(mac.Sum(nil))} {
		req.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusAccepted {
		return fmt.Errorf("the delivery was answered with %s: whoever has the secret can do better", answer.Status)
	}
	return nil
}
