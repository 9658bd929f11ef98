package duobot

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	duoapi "github.com/duosecurity/duo_api_golang"
	"github.com/duosecurity/duo_api_golang/authapi"

	"github.com/sallyport/sallyport/pull"
)

const (
	defaultTimeout = 10 * time.Second
	// defaultPoll exceeds the minute for which Duo keeps a push open, so that its answer arrives before ours ends.
	defaultPoll = 70 * time.Second
	pushType    = "Sallyport landing"
)

// Config says how to reach Duo's Auth API. Zero durations and a nil Log get working defaults.
type Config struct {
	Host    string        // api-XXXX.duosecurity.com, with a port only where it is not 443
	IKey    string        // integration key
	SKey    string        // secret key
	CAFile  string        // PEM file of the authorities to trust instead of the system's; optional
	Timeout time.Duration // bound of every call but the long poll
	Poll    time.Duration // bound of one long poll
	// Verified has the tenant's policy of verified push heeded: Duo ignores it for clients that cannot show a code.
	Verified bool
	Log      *slog.Logger
}

// Client asks people through Duo. It is safe for concurrent use.
type Client struct {
	api  *duoapi.DuoApi
	base http.RoundTripper
	cfg  Config
}

// Answer is what became of an attempt to ask somebody. The zero State is the doubtful one.
type Answer struct {
	State  pull.PromptState
	Txid   string // of an open push
	Code   string // that the person types into the phone, for them alone to see; empty for an ordinary push
	Detail string // what Duo said, for people
}

// NewClient checks the configuration and reads the CA file; it does not call Duo.
func NewClient(cfg Config) (*Client, error) {
	for _, required := range []struct{ key, value string }{
		{"duo.host", cfg.Host}, {"duo.ikey", cfg.IKey}, {"duo.skey", cfg.SKey},
	} {
		if strings.TrimSpace(required.value) == "" {
			return nil, fmt.Errorf("configuring duo: %s is empty", required.key)
		}
	}
	if strings.ContainsAny(cfg.Host, "/@?# ") {
		return nil, fmt.Errorf("configuring duo: duo.host is a bare host name, not %q", cfg.Host)
	}
	roots, err := trusted(cfg.CAFile)
	if err != nil {
		return nil, fmt.Errorf("configuring duo: %w", err)
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.Poll <= 0 {
		cfg.Poll = defaultPoll
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Client{
		api:  duoapi.NewDuoApi(cfg.IKey, cfg.SKey, cfg.Host, "sallyport"),
		base: transport(roots),
		cfg:  cfg,
	}, nil
}

// trusted reads the authorities to trust; nil means the system's.
func trusted(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading duo.ca_file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("reading duo.ca_file: %s holds no PEM certificate", file)
	}
	return pool, nil
}

// transport keeps no connections: net/http resends a request whose idle connection died, and whether the first
// try reached Duo could not be told.
func transport(roots *x509.CertPool) http.RoundTripper {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// call is Duo's library for one request: bound to a context, which the library itself does not know.
func (c *Client) call(ctx context.Context, limit time.Duration, effect bool) *authapi.AuthApi {
	api := *c.api
	api.SetCustomHTTPClient(&http.Client{Transport: guard{
		ctx: ctx, limit: limit, effect: effect, base: c.base, log: c.cfg.Log, now: time.Now,
	}})
	return authapi.NewAuthApi(api)
}

// Ping reports whether Duo can be reached at all. Errors carry a class.
func (c *Client) Ping(ctx context.Context) error {
	answer, err := c.call(ctx, c.cfg.Timeout, false).Ping()
	if err == nil && answer.Stat != "OK" {
		err = errors.New("duo's answer was not OK")
	}
	return wrap("pinging duo", pull.Transient, err)
}

// Check reports whether Duo accepts our keys and our clock. A Permanent failure says in words what to mend.
func (c *Client) Check(ctx context.Context) error {
	answer, err := c.call(ctx, c.cfg.Timeout, false).Check()
	if err == nil && answer.Stat != "OK" {
		err = errors.New("duo's answer was not OK")
	}
	return wrap("checking duo's credentials", pull.Transient, err)
}

// Ask sends one push to the user's phone, unless Duo says beforehand that it would not ask. With a nil error the
// state is PromptOpen, with the transaction to watch, or final. With an error the state is PromptUnsent when it is
// known that no push went out (class Transient: worth another try, after Delay if given; Permanent: a human must
// mend something), else PromptUnknown (class Unknown), which must never be retried unasked.
func (c *Client) Ask(ctx context.Context, user string, info PushInfo) (Answer, error) {
	answer, offer, err := c.preauth(ctx, user, c.cfg.Verified)
	if err != nil {
		return unsent(err), err
	}
	if answer.State != pull.PromptOpen {
		return answer, nil
	}
	reply, err := c.call(ctx, c.cfg.Timeout, true).Auth("push",
		authapi.AuthUsername(user), authapi.AuthAsync(), authapi.AuthDevice("auto"),
		authapi.AuthType(info.kind()), authapi.AuthPushinfo(info.Encode()), offer.with)
	if unknownUser(err) {
		return noUser(err), nil
	}
	if err != nil {
		return unsent(err), wrap("sending the push", pull.Unknown, err)
	}
	if answer = readAuth(reply); answer.State == pull.PromptOpen {
		answer.Code = offer.Code
	}
	return answer, nil
}

func (c *Client) preauth(ctx context.Context, user string, verified bool) (a Answer, offer verification, err error) {
	if user == "" {
		return a, offer, &pull.Failure{Class: pull.Permanent, Code: "duo-unmapped", Err: errors.New("no duo user was named")}
	}
	var reply *authapi.PreauthResult
	if verified {
		reply, offer, err = c.preauthVerified(ctx, user)
	} else {
		reply, err = c.call(ctx, c.cfg.Timeout, false).Preauth(authapi.PreauthUsername(user))
	}
	if unknownUser(err) {
		return noUser(err), offer, nil
	}
	if err != nil {
		return a, offer, wrap("asking duo about the user", pull.Transient, err)
	}
	return readPreauth(reply), offer, nil
}

// AskBy is Ask by a factor of the person's choice. A passcode is decided at once; only a push says what it is for.
func (c *Client) AskBy(ctx context.Context, factor pull.Factor, user string, passcode pull.Passcode, info PushInfo) (Answer, error) {
	if factor == "" || factor == pull.FactorPush {
		return c.Ask(ctx, user, info)
	}
	return c.AskKeyed(ctx, Keyed{User: user, Factor: factor, Passcode: passcode.Reveal()})
}

// Status waits for news of an open push: one long poll, which Duo ends when the state changes or its patience
// does. PromptOpen means that it still waits; the detail is what Duo said. An error always comes with PromptUnknown:
// class Transient means that the poll, which has no effect of its own, may be repeated; otherwise the push can no
// longer be watched.
func (c *Client) Status(ctx context.Context, txid string) (state pull.PromptState, detail string, err error) {
	if !txidPattern.MatchString(txid) {
		return pull.PromptUnknown, "", &pull.Failure{Class: pull.Permanent, Code: "duo-outcome-unknown",
			Err: fmt.Errorf("watching the push: %.80q is not a transaction id", txid)}
	}
	reply, err := c.call(ctx, c.cfg.Poll, false).AuthStatus(txid)
	if err != nil {
		return pull.PromptUnknown, "", wrap("watching the push", pull.Transient, err)
	}
	answer := readStatus(reply)
	return answer.State, answer.Detail, nil
}

func unsent(err error) Answer {
	if pull.ClassOf(err) == pull.Unknown {
		return Answer{State: pull.PromptUnknown, Detail: reason(err)}
	}
	return Answer{State: pull.PromptUnsent, Detail: reason(err)}
}

func noUser(err error) Answer { return Answer{State: pull.PromptNoUser, Detail: reason(err)} }

func unknownUser(err error) bool {
	var f *pull.Failure
	return errors.As(err, &f) && f.Code == "duo-unknown-user"
}

// reason is the failure in words, without the address that net/http puts before it.
func reason(err error) string {
	var f *pull.Failure
	if errors.As(err, &f) {
		err = f.Err
	}
	return clip(visible(err.Error()), 2*maxPaths)
}

// wrap says what was attempted and keeps the failure's class. An error without one is the library failing to read
// an answer that the transport let through; what that means for the call is the given class.
func wrap(attempt string, class pull.Class, err error) error {
	if err == nil {
		return nil
	}
	f := &pull.Failure{Class: class, Code: "duo-bad-answer", Err: err}
	errors.As(err, &f)
	return &pull.Failure{Class: f.Class, Code: f.Code, After: f.After, Err: fmt.Errorf("%s: %w", attempt, f.Err)}
}
