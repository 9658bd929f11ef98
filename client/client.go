// Package client talks to a Sallyport server in the name of a pipeline or a hook. What it cannot read without doubt is
// an error, never an answer.
package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

const maxAnswer = 1 << 20

// Config says where the server is and who asks.
type Config struct {
	Server  string // https://host, or http:// on a loopback address
	Token   string
	CAFile  string        // PEM file of the authorities to trust instead of the system's; optional
	Timeout time.Duration // of one request; 0 is ten seconds
}

// Client asks one server. It is safe for concurrent use.
type Client struct {
	base  *url.URL
	token string
	http  *http.Client
}

// New checks the configuration; it does not call the server.
func New(c Config) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(c.Server, "/"))
	switch {
	case err != nil || base.Host == "" || base.User != nil || base.RawQuery != "":
		return nil, errors.New("the server is not given as https://HOST")
	case base.Scheme != "https" && !(base.Scheme == "http" && loopback(base.Hostname())):
		return nil, errors.New("the server must be reached by https: the token would travel in the open")
	case strings.TrimSpace(c.Token) == "":
		return nil, errors.New("there is no token")
	}
	roots, err := trusted(c.CAFile)
	if err != nil {
		return nil, err
	}
	if c.Timeout <= 0 {
		c.Timeout = 10 * time.Second
	}
	return &Client{base: base, token: strings.TrimSpace(c.Token), http: &http.Client{
		Timeout: c.Timeout,
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment,
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}},
		// A redirect would carry the token elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func trusted(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the CA file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("reading the CA file: %s holds no PEM certificate", file)
	}
	return pool, nil
}

// ReadToken reads a token file.
func ReadToken(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("reading the token file: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" {
		return "", fmt.Errorf("reading the token file: %s is empty", path)
	}
	return token, nil
}

// RefusedError is the server turning the caller away before it looks at the matter.
type RefusedError struct {
	Status  int
	Message string
	Next    string
	After   time.Duration // how long to wait, where the server says so
}

func (e *RefusedError) Error() string {
	text := fmt.Sprintf("the server refused (HTTP %d): %s", e.Status, e.Message)
	if e.Next != "" {
		text += " " + e.Next
	}
	return text
}

// do makes a request and reads its JSON. The body of an answer that is none, such as a proxy's, is not believed.
func (c *Client) do(ctx context.Context, method, path string, query url.Values, body, into any) (status int, err error) {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		reader = strings.NewReader(string(text))
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base.String()+path+"?"+query.Encode(), reader)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, fmt.Errorf("reaching the server: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return 0, fmt.Errorf("reading the server's answer: %w", err)
	}
	return resp.StatusCode, understand(resp, text, into)
}

func understand(resp *http.Response, text []byte, into any) error {
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") || !json.Valid(text) {
		return fmt.Errorf("the answer (HTTP %d) is not Sallyport's: is something in between?", resp.StatusCode)
	}
	var no struct{ Error, Next, Code string }
	if err := json.Unmarshal(text, &no); err == nil && no.Error != "" && no.Code == "" {
		return &RefusedError{Status: resp.StatusCode, Message: no.Error, Next: no.Next, After: retryAfter(resp)}
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("the answer (HTTP %d) cannot be read: %w", resp.StatusCode, err)
	}
	return nil
}

func retryAfter(resp *http.Response) time.Duration {
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || seconds < 0 || seconds > 3600 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
