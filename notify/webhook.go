// Package notify hands alarms to people through one webhook that the operator names, in the form that Slack and the
// systems like it take. Whether and when it is tried again is not its concern.
package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// Webhook is where alarms go. Its address is a secret: whoever knows it can write there.
type Webhook struct {
	url    string
	client *http.Client
}

// New checks the address, which must be https except on this very machine, and names no more of it than its host in
// any error.
func New(address string) (*Webhook, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return nil, errors.New("the webhook's address is not a plain URL")
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && local(u.Hostname())) {
		return nil, fmt.Errorf("the webhook at %s must be https", u.Host)
	}
	return &Webhook{url: address, client: &http.Client{
		Timeout: 15 * time.Second,
		// A redirect would take the alarm, and the secret in the address, to a place that the operator did not name.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Tell hands one alarm over. A nil error means that the other side took it.
func (w *Webhook) Tell(ctx context.Context, a pull.Alarm) error {
	body, err := json.Marshal(map[string]string{"text": Text(a)})
	if err != nil {
		return fmt.Errorf("writing the alarm: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return errors.New("the webhook's address is not a URL")
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := w.client.Do(req)
	if err != nil {
		return fmt.Errorf("reaching the webhook: %w", unnamed(err))
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // what it says is of no interest
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("the webhook answered with HTTP %d", resp.StatusCode)
	}
	return nil
}

// unnamed drops the address that net/http puts before its errors.
func unnamed(err error) error {
	var named *url.Error
	if errors.As(err, &named) {
		return named.Err
	}
	return err
}

var kinds = map[string]string{
	pull.AlarmForeign: "Foreign landing", pull.AlarmBreach: "Breach", pull.AlarmFraud: "Fraud reported",
}

// Text is the alarm as people read it. Names in it are other people's choice and must not become links, mentions or
// markup.
func Text(a pull.Alarm) string {
	kind, ok := kinds[a.Kind]
	if !ok {
		kind = a.Kind
	}
	text := fmt.Sprintf("%s: %s", kind, a.Text)
	text = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\n", " ", "\r", " ", "@", "@\u200b", "`", "'").Replace(text)
	if a.URL != "" {
		text += "\n" + a.URL
	}
	return text
}
