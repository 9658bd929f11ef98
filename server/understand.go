package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// reader turns authentic payloads into deliveries: what is news, and which pull requests it concerns. app is our own
// App's id.
type reader struct{ app int64 }

// reading adds to a delivery what one kind of event says. The repository and the sender are there already.
type reading func(rd reader, p *payload, d *pull.Delivery) error

// readings is every event that the app takes. Events that say only that something about a repository or an
// organization changed are read alike.
var readings = map[string]reading{
	"pull_request":                reader.pullRequest,
	"pull_request_review":         reader.review,
	"pull_request_review_comment": reader.remark,
	"issue_comment":               reader.comment,
	"merge_group":                 reader.mergeGroup,

	"check_run":    reader.checkRun,
	"check_suite":  reader.checkSuite,
	"workflow_run": reader.workflowRun,
	"status":       reader.status,
	"push":         reader.push,

	"member":       reader.everyPull,
	"membership":   reader.members,
	"team":         reader.members,
	"organization": reader.organization,

	"branch_protection_rule":          reader.everyPull,
	"branch_protection_configuration": reader.everyPull,
	"repository_ruleset":              reader.everyPull,

	"installation":              reader.installation,
	"installation_repositories": reader.installationRepositories,
	"repository":                reader.repository,
	"custom_property_values":    reader.properties,
	"ping":                      reader.ping,
}

func events() []string { return slices.Sorted(maps.Keys(readings)) }

// malformedError is a payload that was signed by GitHub and still makes no sense.
type malformedError struct{ err error }

func (e *malformedError) Error() string { return "understanding the payload: " + e.err.Error() }
func (e *malformedError) Unwrap() error { return e.err }

var (
	errNoRepository   = errors.New("it names no repository")
	errNoPull         = errors.New("it names no pull request")
	errNoHead         = errors.New("it names no commit")
	errNoInstallation = errors.New("it names no installation")
	errNoPlace        = errors.New("it names neither a repository nor an organization")
)

// understand reads a payload. Its error is always a *malformedError.
func (rd reader) understand(event, id string, body []byte, at time.Time) (pull.Delivery, error) {
	read, ok := readings[event]
	if !ok {
		return pull.Delivery{}, &malformedError{fmt.Errorf("no reading for event %q", event)}
	}
	var p payload
	if err := json.Unmarshal(body, &p); err != nil {
		return pull.Delivery{}, &malformedError{err}
	}
	d := pull.Delivery{
		ID: id, Event: event, Action: p.Action, Installation: p.Installation.ID, Payload: body, At: at,
		News: pull.News{Delivery: id, Event: event, Action: p.Action, Sender: p.Sender.account(), At: at},
	}
	if p.Repository.ID > 0 {
		d.Repos = []pull.Repo{p.Repository.repo(p.Installation.ID)}
	}
	if err := read(rd, &p, &d); err != nil {
		return pull.Delivery{}, &malformedError{fmt.Errorf("%s: %w", event, err)}
	}
	return d, nil
}

// everyPull concerns every pull request of the repository that the payload names, else of the organization.
func (rd reader) everyPull(p *payload, d *pull.Delivery) error {
	switch {
	case p.Repository.ID > 0:
		d.Scopes = append(d.Scopes, pull.Scope{Repo: p.Repository.ID})
	case p.Organization.Login != "":
		d.Scopes = append(d.Scopes, pull.Scope{Owner: p.Organization.Login})
	default:
		return errNoPlace
	}
	return nil
}

// members concerns whatever is judged by an organization's members.
func (rd reader) members(p *payload, d *pull.Delivery) error {
	if p.Repository.ID > 0 || p.Organization.Login == "" {
		return rd.everyPull(p, d)
	}
	d.Scopes = append(d.Scopes, owned(p.Organization.Login)...)
	return nil
}

// owned is every pull request of the account's repositories, and of others that are judged by its members. Which team an event
// is about narrows nothing: members of a team are members of the teams above it.
func owned(login string) []pull.Scope {
	return []pull.Scope{{Owner: login}, {RestsOn: clean(login)}}
}

// ping concerns nothing; it is taken so that whoever installs the app sees it arrive.
func (rd reader) ping(*payload, *pull.Delivery) error { return nil }

// clean replaces what a database's text cannot hold. It replaces and never removes, so that no name can be turned
// into another one that is trusted.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
