package duobot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/duosecurity/duo_api_golang/authapi"

	"github.com/sallyport/sallyport/pull"
)

// wellFormed reports why an answer with HTTP status 200 is not a success that Duo could have sent: one JSON
// object, no key twice (Go's decoder ignores case and would let the later one win), stat OK, a response.
func wellFormed(body []byte) error {
	if err := unambiguous(json.NewDecoder(bytes.NewReader(body)), 0); err != nil {
		return err
	}
	var answer struct {
		Stat     string          `json:"stat"`
		Response json.RawMessage `json:"response"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("it is not the expected JSON: %w", err)
	}
	if answer.Stat != "OK" {
		return fmt.Errorf("stat is %.20q, not OK", answer.Stat)
	}
	if !bytes.HasPrefix(answer.Response, []byte("{")) {
		return errors.New("it has no response")
	}
	return nil
}

// unambiguous reads one JSON value and refuses keys that occur twice in one object, ignoring case.
func unambiguous(decoder *json.Decoder, depth int) error {
	tok, err := decoder.Token()
	if err != nil {
		return fmt.Errorf("it is not JSON: %w", err)
	}
	if depth > 20 {
		return errors.New("it is nested too deeply")
	}
	open, nested := tok.(json.Delim)
	if !nested {
		return nil
	}
	seen := map[string]bool{}
	for decoder.More() {
		if open == '{' {
			key, err := decoder.Token()
			if err != nil {
				return fmt.Errorf("it is not JSON: %w", err)
			}
			// Up and down again folds as the decoder does: to it, even a long s is an s.
			name := strings.ToLower(strings.ToUpper(fmt.Sprint(key)))
			if seen[name] {
				return fmt.Errorf("key %.40q occurs twice", name)
			}
			seen[name] = true
		}
		if err := unambiguous(decoder, depth+1); err != nil {
			return err
		}
	}
	_, err = decoder.Token()
	return err
}

// refusal is Duo saying no to a request.
type refusal struct {
	Stat    string `json:"stat"`
	Code    int    `json:"code"`
	Message string `json:"message"`
	Detail  string `json:"message_detail"`
}

func parseRefusal(body []byte) (refusal, error) {
	var no refusal
	if err := json.Unmarshal(body, &no); err != nil {
		return no, err
	}
	if no.Stat != "FAIL" || no.Code == 0 {
		return no, errors.New("not a refusal by duo")
	}
	return no, nil
}

// badUser reports whether the request named a user that Duo does not know.
func (no refusal) badUser() bool { return no.Code == 40002 && no.Detail == "username" }

// failure is the refusal as an error for people. Duo's codes begin with the HTTP status.
func (no refusal) failure() error {
	said := fmt.Sprintf("duo refused with code %d: %.200s", no.Code, visible(no.Message))
	if no.Detail != "" {
		said += fmt.Sprintf(" (%.200s)", visible(no.Detail))
	}
	code, mend := "duo-refused-request", ""
	switch {
	case no.badUser():
		code = "duo-unknown-user"
	case no.Code == 40105 || no.Code == 40104:
		code, mend = "duo-clock", "set this machine's clock by NTP: it must be within five minutes of Duo's"
	case no.Code/100 == 401:
		code, mend = "duo-credentials", "check duo.ikey and duo.skey against the application in Duo's admin panel"
	case no.Code/100 == 403:
		code, mend = "duo-forbidden", "the application must be of type Auth API and enabled in Duo's admin panel"
	}
	if mend != "" {
		said += "; " + mend
	}
	return &pull.Failure{Class: pull.Permanent, Code: code, Err: errors.New(said)}
}

// readPreauth says what stands in the way of a push; PromptOpen means that nothing does.
func readPreauth(a *authapi.PreauthResult) Answer {
	said := clip(visible(a.Response.Status_Msg), maxPaths)
	if a.Stat != "OK" {
		return Answer{Detail: "Duo's answer was not OK"}
	}
	switch a.Response.Result {
	case "auth":
		for _, device := range a.Response.Devices {
			for _, capability := range device.Capabilities {
				if capability == "push" {
					return Answer{State: pull.PromptOpen}
				}
			}
		}
		return Answer{State: pull.PromptNoDevice, Detail: "No enrolled device can take a push"}
	case "allow":
		return Answer{State: pull.PromptBypassed, Detail: said}
	case "enroll":
		return Answer{State: pull.PromptNoUser, Detail: said}
	case "deny":
		// Duo tells a lockout from its other refusals by this sentence alone; both block.
		if strings.Contains(strings.ToLower(said), "locked") {
			return Answer{State: pull.PromptLocked, Detail: said}
		}
		return Answer{State: pull.PromptRefused, Detail: said}
	}
	return Answer{Detail: fmt.Sprintf("Duo answered %.40q, a word unknown here", visible(a.Response.Result))}
}

var txidPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// readAuth takes the transaction id of an asynchronous push. An answer without one decided without a phone.
func readAuth(a *authapi.AuthResult) Answer {
	said := clip(visible(a.Response.Status_Msg), maxPaths)
	switch {
	case a.Stat != "OK":
		return Answer{Detail: "Duo's answer was not OK"}
	case a.Response.Txid != "" && !txidPattern.MatchString(a.Response.Txid):
		return Answer{Detail: "Duo's answer carries no usable transaction id"}
	case a.Response.Txid != "" && a.Response.Result == "":
		return Answer{State: pull.PromptOpen, Txid: a.Response.Txid}
	case a.Response.Txid != "":
		return Answer{Txid: a.Response.Txid, Detail: "Duo's answer is both open and decided"}
	case a.Response.Result == "allow":
		return Answer{State: pull.PromptBypassed, Detail: said}
	case a.Response.Result == "deny" && a.Response.Status == "locked_out":
		return Answer{State: pull.PromptLocked, Detail: said}
	case a.Response.Result == "deny":
		return Answer{State: pull.PromptRefused, Detail: said}
	}
	return Answer{Detail: "Duo's answer carries no transaction id"}
}

// statuses are the words of a finished or waiting push, each valid with one result only.
var statuses = map[[2]string]pull.PromptState{
	{"allow", "allow"}:          pull.PromptAllowed,
	{"allow", "bypass"}:         pull.PromptBypassed,
	{"allow", "remembered"}:     pull.PromptBypassed,
	{"allow", "trusted_device"}: pull.PromptBypassed,
	{"deny", "deny"}:            pull.PromptDenied,
	{"deny", "timeout"}:         pull.PromptTimeout,
	{"deny", "locked_out"}:      pull.PromptLocked,
	{"waiting", "pushed"}:       pull.PromptOpen,
	{"waiting", "answered"}:     pull.PromptOpen,
	{"waiting", "calling"}:      pull.PromptOpen,
}

// readStatus judges what became of a push. Words that do not belong together, and words that nobody here
// knows, leave the doubtful zero state.
func readStatus(a *authapi.AuthStatusResult) Answer {
	result, status := a.Response.Result, a.Response.Status
	said := clip(visible(a.Response.Status_Msg), maxPaths)
	state, known := statuses[[2]string{result, status}]
	switch {
	case a.Stat != "OK":
		return Answer{Detail: "Duo's answer was not OK"}
	case status == "fraud":
		return Answer{State: pull.PromptFraud, Detail: said}
	case known:
		return Answer{State: state, Detail: said}
	}
	return Answer{Detail: fmt.Sprintf("Duo answered %.40q with status %.40q, which is not understood here",
		visible(result), visible(status))}
}
