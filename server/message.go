package server

import (
	"html/template"
	"net/http"
)

// message is a page that only says something: what is the matter, and what to do about it.
type message struct {
	Title, Text, Next string
	Code              []string // settings, one a line
	Link, LinkText    string
}

var (
	notFound = message{
		Title: "Nothing to see here",
		Text:  "There is no such page, or GitHub does not let you read the repository it is about.",
		Next:  "Check the address, and which GitHub account you are signed in with.",
		Link:  "/", LinkText: "Overview",
	}
	notConfigured = message{
		Title: "Pages are not switched on",
		Text:  "Pages are shown only to people whom GitHub lets read the repository, so this server needs a way to ask.",
		Next:  "Create a client secret for the GitHub App, add the callback URL PUBLIC_URL" + CallbackRoute + " to it, set these keys and restart:",
		Code: []string{"github:", "  oauth:", "    client_id: \"…\"       # or SALLYPORT_GITHUB_OAUTH_CLIENT_ID",
			"    client_secret: \"…\"   # or SALLYPORT_GITHUB_OAUTH_CLIENT_SECRET"},
	}
	strayCallback = message{
		Title: "This sign-in did not begin here",
		Text:  "The answer from GitHub does not belong to a sign-in that this browser began, or it took longer than ten minutes.",
		Next:  "If you meant to sign in, begin again.",
		Link:  "/login", LinkText: "Sign in with GitHub",
	}
	strayForm = message{
		Title: "This form was not sent from here",
		Text:  "Your browser says that another site sent it. Nothing was done.",
		Next:  "If you meant it, open the page here and send its own form. If you did not, somebody tried to have you do it: tell whoever looks after security.",
		Link:  "/", LinkText: "Overview",
	}
	signInRefused = message{
		Title: "GitHub did not sign you in",
		Text:  "The sign-in was cancelled, or GitHub refused it.",
		Link:  "/login", LinkText: "Try again",
	}
	signInFailed = message{
		Title: "The sign-in could not be finished",
		Text:  "GitHub could not be asked who you are. The server's log says more.",
		Link:  "/login", LinkText: "Try again",
	}
	signInOver = message{
		Title: "Your sign-in is over",
		Text:  "Nothing was done: a sign-in lasts a working day at most, and this one has ended.",
		Next:  "Sign in again; you come back to the page, and can send the form anew.",
		Link:  "/login", LinkText: "Sign in with GitHub",
	}
	signedOut = message{
		Title: "You are signed out",
		Text:  "This browser no longer knows who you are. GitHub itself keeps you signed in.",
		Link:  "/login", LinkText: "Sign in with GitHub",
	}
	notAdmin = message{
		Title: "The ledger is for the repository's admins",
		Text:  "It holds everything that was decided and done in this repository. GitHub does not have you administer it.",
		Next:  "Each pull request's own page tells its part of the ledger to everybody who may read the repository.",
		Link:  "/", LinkText: "Overview",
	}
	notSteering = message{
		Title: "Freezing is for the repository's admins",
		Text:  "GitHub does not have you administer this repository, or you are not signed in here.",
		Link:  "/", LinkText: "Overview",
	}
	cannotAsk = message{
		Title: "GitHub cannot be asked at the moment",
		Text:  "Pages are shown only to people whom GitHub lets read the repository, and GitHub does not answer.",
		Next:  "Try again in a minute. Judging and landing go on without this page.",
	}
	unreadable = message{
		Title: "The records cannot be read at the moment",
		Text:  "The database did not answer.",
		Next:  "Try again in a few seconds; /readyz says what is wrong.",
	}
	broken = message{
		Title: "This page could not be drawn",
		Text:  "Something went wrong here. The server's log says what.",
	}
)

// message answers with nothing but the message. Its template is tried by the tests with every message there is.
func (p pages) message(w http.ResponseWriter, status int, m message) { p.messageTo(w, "", status, m) }

func (p pages) messageTo(w http.ResponseWriter, viewer string, status int, m message) {
	if err := p.render(w, status, "message", frame{Title: m.Title, Viewer: viewer, Body: m}); err != nil {
		http.Error(w, template.HTMLEscapeString(m.Title), status)
	}
}

// answer is a message to whoever is signed in, and names them: the wrong account is a common cause.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, status int, m message) {
	var who session
	if s.door.seal != nil {
		who, _ = take[session](s.door.seal, r, sessionPurpose) // nobody is named when nobody is signed in
	}
	s.pages.messageTo(w, who.Login, status, m)
}
