package command

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/palantir/go-githubapp/githubapp"
	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/hub"
	"github.com/sallyport/sallyport/server"
)

// registration is what the person fills in who registers the GitHub App.
type registration struct {
	organization, public, web, name string
	with                            []string
}

func newRegister() *cobra.Command {
	var reg registration
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "register --public-url URL",
		Short: "Give the address of GitHub's page for registering the app, filled in",
		Long: `Register prints an address. Whoever opens it, signed in to GitHub, finds the form for a new GitHub App filled in: name, webhook,
callback, and no more permissions and events than Sallyport needs. Nothing is sent anywhere by this command.

What only some need is left out unless --with names it:

` + onlySome(),
		Example: `  sallyport register --organization acme --public-url https://sallyport.acme.example
  sallyport register --organization acme --public-url https://sallyport.acme.example --with workflows,merge_queues
  sallyport register --public-url https://sallyport.acme.example --web-url https://github.acme.example`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			address, permissions, err := reg.address()
			if err != nil {
				return err
			}
			if asJSON {
				return reg.tellJSON(cmd.OutOrStdout(), address, permissions)
			}
			return reg.tell(cmd.OutOrStdout(), address)
		},
	}
	cmd.Flags().StringVar(&reg.public, "public-url", "", "the `URL` at which GitHub and people reach the server")
	cmd.Flags().StringVar(&reg.organization, "organization", "", "the `ORGANIZATION` that owns the app; without it, whoever opens the page does")
	cmd.Flags().StringVar(&reg.web, "web-url", "https://github.com", "GitHub's `URL`, where it is an Enterprise Server")
	cmd.Flags().StringVar(&reg.name, "name", "", "the app's `NAME`, which must be free on all of GitHub")
	cmd.Flags().StringSliceVar(&reg.with, "with", nil, "what else is needed, `PERMISSION,…`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the address, the permissions and the events as JSON")
	return cmd
}

func onlySome() string {
	var b strings.Builder
	for _, p := range hub.Permissions {
		if p.Only {
			fmt.Fprintf(&b, "  %-30s %s\n", p.Name, strings.ReplaceAll(p.Why, "`", ""))
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// address is GitHub's form with everything filled in that an address can carry; a secret must not be in one.
func (r registration) address() (string, []hub.Permission, error) {
	public, err := webAddress("--public-url", r.public)
	if err != nil {
		return "", nil, err
	}
	web, err := webAddress("--web-url", r.web)
	if err != nil {
		return "", nil, err
	}
	permissions, err := r.permissions()
	if err != nil {
		return "", nil, err
	}
	q := url.Values{"name": {cmp.Or(r.name, strings.TrimSpace("Sallyport "+r.organization))}, "description": {"Change approval for repositories whose main branch is production"},
		"url": {public}, "public": {"false"}, "webhook_active": {"true"}, "webhook_url": {public + githubapp.DefaultWebhookRoute}, "callback_urls[]": {public + server.CallbackRoute}}
	for _, p := range permissions {
		q.Set(p.Name, p.Level)
	}
	q["events[]"] = eventsOf(permissions)
	form := "/settings/apps/new"
	if r.organization != "" {
		form = "/organizations/" + url.PathEscape(r.organization) + form
	}
	return web + form + "?" + q.Encode(), permissions, nil
}

func webAddress(flag, text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", fmt.Errorf("%s is %q, and must be an address such as https://sallyport.example.com", flag, text)
	}
	return strings.TrimRight(text, "/"), nil
}

// permissions are those that everybody needs, and what is asked for by name.
func (r registration) permissions() ([]hub.Permission, error) {
	var out []hub.Permission
	var some []string
	for _, p := range hub.Permissions {
		if !p.Only || slices.Contains(r.with, p.Name) {
			out = append(out, p)
		}
		if p.Only {
			some = append(some, p.Name)
		}
	}
	for _, name := range r.with {
		if !slices.Contains(some, name) {
			return nil, fmt.Errorf("--with %s: it may name %s", name, strings.Join(some, ", "))
		}
	}
	return out, nil
}

func eventsOf(permissions []hub.Permission) []string {
	var all []string
	for _, p := range permissions {
		all = append(all, p.Tells...)
	}
	slices.Sort(all)
	return all
}

func (r registration) tell(out io.Writer, address string) error {
	_, err := fmt.Fprintf(out, `Open this, signed in to GitHub as somebody who may register apps:

  %s

Then, on that page and the one that follows:

  1. Webhook secret: the output of "openssl rand -hex 32"       → github.app.webhook_secret
  2. Create the app, and read its App ID                        → github.app.integration_id
  3. Generate a private key                                     → github.app.private_key_file
  4. Client ID, and generate a client secret, for the pages     → github.oauth
  5. Install the app on the repositories that it shall guard; one without a policy is left alone
  6. Require its checks, with the app as their source: docs/operating.md, "The branch"
`, address)
	return err
}

func (r registration) tellJSON(out io.Writer, address string, permissions []hub.Permission) error {
	levels := map[string]string{}
	for _, p := range permissions {
		levels[p.Name] = p.Level
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(map[string]any{"url": address, "permissions": levels, "events": eventsOf(permissions)})
}
