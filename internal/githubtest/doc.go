// Package githubtest is a simulated GitHub: stateful, over real HTTP, around real bare git repositories, and
// unreliable on demand. It models what GitHub knows, not the calls that somebody makes, so tests and the demo set the
// scene in the words of people at work and let the program under test find out by itself.
//
// # A short tour
//
// A GitHub, an organization, people, a repository with a file in it:
//
//	hub, err := githubtest.New(githubtest.Options{Validate: true})
//	err = hub.Start()          // hub.URL() is the API root, hub.URL()+"/graphql" GraphQL; also below /api/v3 and /api/graphql
//	defer hub.Close()
//	alice, bob := hub.User("alice"), hub.User("bob")
//	org := hub.Organization("acme", alice)            // alice owns it
//	repo, err := hub.Repo(org, "infra")
//	repo.Grant(bob, pull.Write)
//	sha, err := repo.Commit("main", map[string]string{"prod/web.nomad": "job {}"}, alice)
//
// The app under test, installed, with its webhooks going somewhere:
//
//	app, err := hub.App(githubtest.AppOptions{Slug: "sallyport", WebhookURL: url, WebhookSecret: "s3cret", ClientID: "id", ClientSecret: "cs"})
//	key, err := app.PrivateKey()                      // PEM; app.ID is the integration id
//	installation := app.Install(org)
//	ci, err := hub.App(githubtest.AppOptions{Slug: "ci"})   // another app, silent, that reports checks
//
// Work goes on, and every step sends the webhooks that GitHub would send:
//
//	head, err := repo.Commit("feature", map[string]string{"prod/web.nomad": "job { count = 2 }"}, bob)
//	p, err := repo.OpenPull(bob, "Scale web", "feature", "main", githubtest.Body("why"))
//	review, err := p.Review(alice, pull.Approved, "fine")
//	run, err := repo.CheckRun(ci, "build", head, "completed", "success")
//	err = repo.Status(bob, head, "lint", "success")
//	p.Comment(alice, "/sallyport duo"); p.Label(alice, "do not merge"); p.SetDraft(bob, true); p.Close(bob)
//	err = repo.PressButton(alice, runID, "duo")
//	err = repo.Push(mallory, "feature", sha, true)
//	sha, err = p.MergeBy(alice, "squash")
//	err = hub.Settle(ctx)                             // all webhooks are delivered
//
// Commits take options: Message, AuthoredBy, CommittedBy, CoAuthor, Sign, At, From, Parents, Amend, PushedBy, Delete,
// Move, Mode, Symlink, Submodule. Build makes a commit without pushing it. Forks come from Repo.Fork, pull requests
// from them with FromFork.
//
// A branch with the rule merge_queue lands through it: Pull.EnqueueBy and DequeueBy are the buttons, Pull.Group is what was
// built, and whatever CI reports on that decides.
//
// Rules are set with Repo.Protect (classic), Repo.AddRuleset and Repo.SetMerge, and bind everybody whom they would
// bind on GitHub: people pushing or merging, and the app through the API. Installation.Permit takes permissions away.
//
// What can be asked afterwards: Pull.State, Pull.Merged, Repo.Branch, Repo.CheckRuns, Repo.FindCheckRun, Pull.Comments,
// App.Deliveries, Server.Calls (each API call with its cost) and Server.Violations (whatever went against GitHub's
// published shapes; a test wants none).
//
// Things go wrong on demand:
//
//	hub.Fault(githubtest.Refuse(502))                                  // until Heal
//	f := githubtest.SecondaryLimit(time.Minute); f.Operation = "PullRequest"; f.Times = 2; hub.Fault(f)
//	hub.Fault(githubtest.Fault{Method: "PUT", Path: "/repos/*/*/pulls/*/merge", LoseAnswer: true, Times: 1})
//	app.FaultWebhooks(githubtest.WebhookFault{Event: "pull_request_review", Drop: true, Times: 1})
//	app.FaultWebhooks(githubtest.WebhookFault{Hold: true}); app.Release(true)    // reordered
//
// Mergeability is as lazy as GitHub's: after head or base moved the first ask is answered "unknown" and the next one
// knows (Options.MergeabilityAsks), while the test merge of before is still shown.
//
// # Inside
//
// One mutex guards the state. Exported methods lock it; unexported ones assume that it is held, and it is never held
// while a webhook is sent. Each concern has its file: the git_ files are the repositories, the json_ files the shapes,
// the rest_ and graphql_ files the API.
package githubtest
