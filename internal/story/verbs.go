package story

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/internal/githubtest"
)

// Verb is one thing that can happen in a story.
type Verb struct {
	Usage string
	Do    func(ctx context.Context, w *World, args []string) error
}

// Verbs are all that can happen, by name. A verb about a pull request takes "prN" as its last word; without it, the
// pull request spoken of last is meant.
var Verbs = map[string]Verb{
	"start": {"start", func(ctx context.Context, w *World, _ []string) error { return w.Start(ctx) }},
	"halt":  {"halt: SIGTERM, and it must end with status 0", halt},
	"crash": {"crash: the process ends as by a power cut", func(_ context.Context, w *World, _ []string) error { return w.Kill() }},

	"start-second":       {"start-second: another replica on the same database", func(ctx context.Context, w *World, _ []string) error { return w.StartSecond(ctx) }},
	"start-refused":      {"start-refused TEXT...: it ends by itself, saying so", startRefused},
	"start-third":        {"start-third: one more replica on the same database, to which nothing is sent", startThird},
	"pause":              {"pause: the first replica is stopped (SIGSTOP) in the middle of what it does; everything goes to the second", pauseFirst},
	"resume":             {"resume: the paused replica goes on as if nothing had happened (SIGCONT)", resume},
	"lease":              {"lease PERIOD: how long a replica may be silent; before the start", lease},
	"restart-database":   {"restart-database: PostgreSQL ends at once, with every connection, and recovers", restartDatabase},
	"fail-over-database": {"fail-over-database: PostgreSQL ends at once, with every connection, and the server that followed it takes over", failOverDatabase},
	"newer-database":     {"newer-database: a newer version brings the database up to date", newerDatabase},
	"crash-second":       {"crash-second", func(_ context.Context, w *World, _ []string) error { return w.KillSecond() }},
	"second-refused":     {"second-refused TEXT...: another process on the same database ends, saying so", secondRefused},

	"policy":     {"policy FILE|none [as .policy.yml]", policy},
	"shared":     {"shared FILE PATH: the organization keeps it in its .github repository", sharedFile},
	"people":     {"people FILE", people},
	"keyring":    {"keyring AGE: the keyring was confirmed so long ago (0s: now)", keyring},
	"propose":    {"propose AUTHOR [-title T] [-base B] [-draft] [-signed] [-fork] [-open] [-move FROM:TO] [-symlink PATH:TARGET] [-chmod PATH] PATH[=CONTENT]...", propose},
	"upload-key": {"upload-key PERSON|bot: GitHub learns the key by which they sign; the bot's is kept by a machine's account", uploadKey},
	"push":       {"push AUTHOR [-signed] [-undo] [-as PUSHER] PATH[=CONTENT]... [prN]", push},
	"review":     {"review PERSON approves|objects|remarks [prN]", review},
	"dismiss":    {"dismiss PERSON [-by PERSON] [prN]: root does, or whoever is named", dismiss},
	"comment":    {"comment PERSON TEXT... [prN]", comment},
	"remark":     {"remark PERSON TEXT...: they comment on a line of the diff [prN]", remark},

	"floor":          {"floor FILE [as policy.yml] | none: what acme's .github repository says", floor},
	"propose-floor":  {"propose-floor PERSON FILE|none [as PATH]: a pull request to the floor, or another file, in acme's .github repository; again: another push to it", proposeFloor},
	"floor-says":     {"floor-says TEXT...: the approval check of the proposed floor contains it; automerge's where that is all there is", floorSays},
	"floor-hides":    {"floor-hides TEXT...: the approval check of the proposed floor is there and does not contain it", floorHides},
	"property":       {"property NAME VALUE... | property NAME none: the organization gives the repository a custom property; several values are a list", property},
	"public":         {"public on|off: everybody may read the repository, or only who has access", publicise},
	"invited":        {"invited NAME... | nobody: whose review was asked for on GitHub and has not come [prN]", invited},
	"dismissed":      {"dismissed PERSON TEXT...: their last review was dismissed, which GitHub explains so", dismissed},
	"undismissed":    {"undismissed PERSON: their last review stands", undismissed},
	"edit-review":    {"edit-review EDITOR PERSON TEXT...: the text of PERSON's last review becomes another [prN]", editReview},
	"edit-comment":   {"edit-comment EDITOR PERSON TEXT...: the text of PERSON's last comment becomes another [prN]", editComment},
	"delete-comment": {"delete-comment PERSON: their last comment [prN]", deleteComment},
	"delete-remark":  {"delete-remark PERSON: their last comment on a line of the diff [prN]", deleteRemark},

	"issue":    {"issue TEXT...: the only issue that Sallyport has opened contains it", issue},
	"no-issue": {"no-issue: Sallyport has opened none", noIssue},
	"issues":   {"issues on|off: the repository's issues", switchIssues},

	"press":     {"press PERSON GATE [prN]", press},
	"label":     {"label PERSON NAME [prN]", label},
	"title":     {"title PERSON TEXT...: they give it another title [prN]", retitle},
	"unlabel":   {"unlabel PERSON NAME [prN]", unlabel},
	"ready":     {"ready PERSON [prN]", readyForReview},
	"draft":     {"draft PERSON: they turn it back into a draft [prN]", backToDraft},
	"close":     {"close PERSON [prN]", closePull},
	"reopen":    {"reopen PERSON [prN]", reopenPull},
	"resolve":   {"resolve PERSON PATH=CONTENT...: a conflict with main, on GitHub's page [prN]", resolveConflict},
	"update":    {"update PERSON: GitHub's update button [prN]", update},
	"current":   {"current [prN]: its head contains the tip of main", current},
	"updates":   {"updates COUNT: so often Sallyport asked GitHub to bring a branch up to date, in all", updates},
	"retarget":  {"retarget BASE [prN]", retarget},
	"describe":  {"describe PERSON TEXT...: they write the description anew [prN]", describe},
	"automerge": {"automerge PERSON on|off: GitHub's own switch [prN]", switchAutoMerge},
	"merge":     {"merge PERSON [prN]", mergeByHand},
	"main":      {"main [-on BRANCH] PATH=CONTENT...: root pushes to main, or to another branch", moveMain},
	"intrude":   {"intrude PERSON [-force] PATH=CONTENT...: pushes to main without a pull request", intrude},
	"sweep":     {"sweep: Sallyport is restarted, and so sweeps", sweep},
	"branch":    {"branch NAME: root makes it from main", newBranch},
	"tag":       {"tag NAME BRANCH: root moves it to where the branch is", moveTag},
	"lacks":     {"lacks PART...: GitHub is too old for these, before the start; see githubtest.Options", lacks},
	"bypass":    {"bypass: Sallyport may pass by the ruleset that requires CI, as exact landings need", bypassRules},
	"protect":   {"protect locked|restricted|linear|signed|strict|none: main's classic protection", protect},
	"watchdog":  {"watchdog PERIOD: how long what is ready may take to land; before the start", watchdog},
	"retain":    {"retain AGE: the server removes bodies of the ledger that are older; before a start", retain},
	"attested":  {"attested COUNT: the notes were written so often, in all", attested},
	"seal":      {"seal: nothing can be added to the ledger any more, as on a full disk; no server may run", seal},
	"unseal":    {"unseal: it takes rows again; no server may run", unseal},
	"shield":    {"shield [prN]: its head branch is protected", shield},
	"rename":    {"rename NAME: the repository gets another name", renameRepo},
	"blind":     {"blind: GitHub does not notice that a push brings in a pull request's head", blind},
	"unnamed":   {"unnamed COUNT|pushes: GitHub does not name the commit of what is merged when it is read so often; or never, where a push brought it in", unnamed},
	"reviews":   {"reviews N [passed]: a ruleset of main has GitHub itself require N approving reviews; passed: not of the app", requireReviews},
	"classic":   {"classic restricted|locked|checks|linear|signed|reviews|reviews-passed|none: classic protection of main; two reviews are required, and with reviews-passed not of the app", classic},
	"unguarded": {"unguarded: the branch has no ruleset at all", unguarded},
	"grant":     {"grant PERSON ROLE", grant},
	"team":      {"team NAME joins|leaves PERSON, team NAME gets ROLE, team NAME hides|dissolves; ORG/NAME is one of another organization", team},
	"app":       {"app suspended|resumed|taken-off|put-back: what an owner of acme does with Sallyport's installation; app installed|removed|suspended|resumed ORG: another organization's", installation},

	"merge-queue":     {"merge-queue [-unchecked] [-headgreen] [-bypass] [METHOD] [COUNT]: main lands through one, COUNT at least together; our checks are required; -bypass lets Sallyport past it", mergeQueue},
	"enqueue":         {"enqueue PERSON [first] [prN]: they put it into the merge queue", enqueue},
	"enqueue-refused": {"enqueue-refused PERSON [prN]: they try, and GitHub does not let it in", enqueueRefused},
	"dequeue":         {"dequeue PERSON [prN]: they take it out of the merge queue", dequeue},
	"queued":          {"queued [anew] [prN]: it is in the merge queue, and its group is built", queued},
	"not-queued":      {"not-queued [prN]: it is open, and in no merge queue", notQueued},
	"group-ci":        {"group-ci STATE [prN]: CI on the group that the merge queue built", groupCI},
	"group-check":     {"group-check GATE STATE [prN]: our check run on the group seen last", groupCheck},
	"phone-group":     {"phone-group PERSON [prN]: the phone names the head of its group", phoneGroup},
	"grouped":         {"grouped PERSON [prN]: what landed is the very commit that the phone named", grouped},
	"queue-times-out": {"queue-times-out [prN]: the checks on its group did not answer in time", queueTimesOut},

	"together":      {"together [PERSON] prA prB...: they landed as one batch, in this order, by one movement of main to what the phone named", together},
	"staging":       {"staging STATE: CI on the batch that is tested, which is another one than that of the last time", staging},
	"staging-until": {"staging-until STATE prN: CI on whatever batch is tested, until that pull request has landed", stagingUntil},

	"no-branch": {"no-branch NAME: it is gone", noBranch},
	"overwrite": {"overwrite PERSON NAME PATH=CONTENT...: they push to a branch of Sallyport's", overwrite},
	"unharmed":  {"unharmed NAME: Sallyport leaves it to whoever pushed to it", unharmed},

	"slow":        {"slow PERIOD: so long GitHub takes for each answer", slow},
	"budget-left": {"budget-left core|graphql COUNT: so much is left of GitHub's hour, of REST requests or of points", budgetLeft},
	"storm":       {"storm COUNT: so many pull requests at once, each with a status", storm},
	"unseen":      {"unseen NAME COUNT: so many open pull requests of that repository, at least, have no check run of Sallyport's yet", unseen},

	"ci":          {"ci queued|running|green|red|neutral|skipped [prN]", ci},
	"status":      {"status PERSON CONTEXT STATE [prN]", status},
	"impersonate": {"impersonate comment|lines|button PERSON TEXT...: whoever has the webhook secret tells Sallyport of a command of theirs: in a comment that is nowhere, in their last one, of a button [prN]", impersonate},
	"forge":       {"forge NAME: another app posts a green check run of that name [prN]", forge},

	"phone":         {"phone PERSON approves|denies|reports-fraud|ignores|approves-all", phone},
	"phone-shows":   {"phone-shows PERSON KEY VALUE", phoneShows},
	"duo-user":      {"duo-user PERSON locked|unknown|no-phone|passcodes|well-equipped|bypassed|remembered|refused", duoUser},
	"verified-push": {"verified-push: Duo's policy asks for a code with each push, and the server may show it; before a start", verifiedPush},
	"types-code":    {"types-code PERSON OTHER: they type into the phone the code that their page shows, and OTHER's does not [prN]", typesCode},
	"rings":         {"rings PERSON COUNT: so many pushes went to the phone in all", rings},

	"gate":     {"gate GATE pass|wait|block [CODE] [prN]", gate},
	"blocked":  {"blocked GATE CODE [prN]: not green for that reason, and not landed", blocked},
	"check":    {"check GATE success|in_progress|failure|action_required|absent [prN]", check},
	"rollup":   {"rollup SUCCESS|PENDING|FAILURE: what GitHub itself makes of all checks on the head [prN]", rollup},
	"says":     {"says GATE TEXT...: the check run on GitHub contains it [prN]", says},
	"hides":    {"hides GATE TEXT...: the check run on GitHub was written, and does not contain it [prN]", hides},
	"landed":   {"landed [prN]", landed},
	"exact":    {"exact PERSON [prN]: what landed is byte for byte what the phone showed; git and gpg agree", exact},
	"rotated":  {"rotated FILE: the operator configures the key that keys rotate made; before a start", rotated},
	"verified": {"verified [-new] [-policies] [-since] [-tip] [-glass] [CODE...]: a fresh clone is verified offline and all is good; with codes, it is not, and these are found", verified},
	"notes":    {"notes removed|copied|added|edited|rewound|replaced|deleted|no-commit: somebody who may push tampers with the attestations", notes},
	"rollback": {"rollback PERSON: force-pushes main to before its newest commit", rollBack},
	"agreed":   {"agreed PERSON [prN]: what landed is what the phone showed", agreed},
	"told":     {"told TEXT...: the landed commit's message contains it [prN]", told},
	"forward":  {"forward: the target moved to the head itself [prN]", forward},
	"gone":     {"gone [prN]: its head branch is deleted", gone},
	"kept":     {"kept [prN]: its head branch is still there, and Sallyport has said why", kept},
	"targets":  {"targets BRANCH [prN]", targets},
	"state":    {"state open|landed|foreign|closed [prN]", state},
	"log":      {"log TEXT: Sallyport has logged it", logHas},
	"reacted":  {"reacted PERSON CONTENT: Sallyport put that reaction on their last comment", reacted},
	"replied":  {"replied TEXT: Sallyport commented it [prN]", replied},
	"by-bot":   {"by-bot COUNT: so many commits on main's first-parent line are Sallyport's", byBot},
	"replies":  {"replies COUNT TEXT: so many of Sallyport's comments say it", replies},

	"dump":   {"dump FILE: keep the database, by its operator's tools; no server may run", dump},
	"undump": {"undump FILE: put it back over what came after", undump},
	"tamper": {"tamper KIND: whoever owns the database rewrites the ledger's rows of that kind", tamper},
	"forget": {"forget FILE: a file of the server's is deleted", forget},

	"github-fails":  {"github-fails METHOD PATH STATUS|slow|lost|hang|done-hang|limited|limited-long TIMES [SKIP]: after letting so many through", githubFails},
	"github-loses":  {"github-loses OPERATION TIMES: a GraphQL mutation is done, and its answer is lost", githubLoses},
	"github-hangs":  {"github-hangs OPERATION before|after: GraphQL never answers, before or after doing it", githubHangs},
	"alarmed":       {"alarmed TEXT: the webhook for alarms was told it, once", alarmed},
	"heard":         {"heard TEXT: the webhook for alarms was told it, perhaps more than once", heard},
	"unheard":       {"unheard: the webhook for alarms fails once", unheard},
	"metric":        {"metric LINE: /metrics has it; with some in the place of the value: whatever but 0", metric},
	"struck":        {"struck: the fault that was set last has struck", struck},
	"github-heals":  {"github-heals", func(_ context.Context, w *World, _ []string) error { w.GitHub.Heal(); return nil }},
	"duo-fails":     {"duo-fails ENDPOINT STATUS|lost|drop|limited|limited-long|BODY TIMES", duoFails},
	"setting":       {"setting LINE: one more line of the server's configuration, before a start", setting},
	"hook-secret":   {"hook-secret github NAME | server NAME [OLD]: the webhook's secret there, `first` to begin with; the server's before a start", hookSecret},
	"webhooks":      {"webhooks lost|doubled|delayed|held EVENT TIMES", webhooks},
	"webhooks-come": {"webhooks-come: what was held back comes, the newest first", func(_ context.Context, w *World, _ []string) error { w.App.Release(true); return nil }},
	"redelivered":   {"redelivered COUNT: so often GitHub was asked to deliver something again", redelivered},
	"recovery":      {"recovery PERIOD: how often Sallyport looks for lost deliveries; before the start", recovery},
	"sweeping":      {"sweeping PERIOD: how often Sallyport sweeps; before the start", sweeping},
	"api":           {"api PATH STATUS [TEXT]", api},
	"ask-key":       {"ask-key FACTOR/KEY?QUERY STATUS [CODE] [-second]: a pipeline asks over duo-bot's API", askKey},
	"ask-unheard":   {"ask-unheard FACTOR/KEY?QUERY: a pipeline asks over duo-bot's API and does not stay for the answer", askKeyUnheard},
	"check-key":     {"check-key KEY?QUERY STATUS [CODE] [-second]: a pipeline checks over duo-bot's API; M and LANDED stand for the last pull request's commits", checkKey},
	"second":        {"second start|kill: another replica on the same database", second},
	"repo":          {"repo NAME [public]: from here on the story is about acme/NAME, which is made where there is none", otherRepo},
	"decision":      {"decision PERSON TEXT...: one of the decisions that the pull request's page leads to says so, and each says what it said before [prN]", decision},
	"visit":         {"visit PERSON PATH STATUS [TEXT...]: they open a page, signed in", visit},
	"submit":        {"submit [-from SITE] PERSON PATH STATUS [FIELD=VALUE...]: they send a page's form; _ stands for a space", submit},
	"thaw":          {"thaw BRANCH STATUS: its freeze is lifted through the API", thaw},
	"post":          {"post PATH FILE STATUS [TEXT]", post},
	"confirm":       {"confirm PERSON FACTOR PASSCODE|- STATUS TEXT: through the API, what it shows", confirm},
	"confirm-stale": {"confirm-stale PERSON FACTOR PASSCODE|- STATUS TEXT: through the API, another merge than it shows", confirmStale},
	"follow":        {"follow api|command: somebody takes the ledger's rows as they come, from the last one that they have; the command needs PostgreSQL", follow},
	"unfollow":      {"unfollow: they stop, in the middle of whatever comes", unfollow},
	"broken-off":    {"broken-off: the stream that they follow ends by itself", brokenOff},
	"followed":      {"followed KIND: what came over all streams is the whole ledger with such a row, each row once and in order", followed},
	"clone":         {"clone NAME: somebody clones the repository with its notes into NAME, where the tag before is what Sallyport was first started on, and acme/.github into NAME-house", cloneTo},
	"silent":        {"silent TEXT: neither the log nor the state file has it", silent},
}

// Run carries out one line of a story.
func (w *World) Run(ctx context.Context, name string, args []string) error {
	verb, ok := Verbs[name]
	if !ok {
		return fmt.Errorf("no such verb: %s", name)
	}
	if err := verb.Do(ctx, w, args); err != nil {
		return fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return nil
}

// words checks that a verb got what it needs, and takes off the pull request it is about.
func (w *World) words(args []string, least int) ([]string, *githubtest.Pull, error) {
	if n := len(args); n > 0 && strings.HasPrefix(args[n-1], "pr") {
		if number, err := strconv.Atoi(args[n-1][2:]); err == nil {
			w.last, args = number, args[:n-1]
		}
	}
	if len(args) < least {
		return nil, nil, fmt.Errorf("needs %d words", least)
	}
	p, ok := w.Repo.FindPull(w.last)
	if !ok {
		return nil, nil, fmt.Errorf("there is no pull request %d", w.last)
	}
	return args, p, nil
}

func halt(_ context.Context, w *World, _ []string) error {
	code, err := w.Stop()
	if err == nil && code != 0 {
		err = fmt.Errorf("sallyport ended with status %d", code)
	}
	return err
}

// flags takes leading "-name value" pairs and "-name" switches off the words.
func flags(args []string, switches ...string) (map[string]string, []string, error) {
	found := map[string]string{}
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		name := args[0][1:]
		if slices.Contains(switches, name) {
			found[name], args = "yes", args[1:]
			continue
		}
		if len(args) < 2 {
			return nil, nil, fmt.Errorf("-%s needs a value", name)
		}
		found[name], args = args[1], args[2:]
	}
	return found, args, nil
}
