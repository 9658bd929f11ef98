package approval

import "github.com/sallyport/sallyport/pull"

// Among reports whether an account is one of those whom a list of words means, by the standing that was read. A doubt is
// a no, and so is a list that names nobody or cannot be understood.
func Among(words []string, r pull.Request, a pull.Account) bool {
	entries, err := parseWords(words)
	if err != nil {
		return false
	}
	h := &hearing{request: r}
	return a.Known() && h.among(a, entries) == yes
}

// AskAmong is what has to be asked to tell who is among the words.
func AskAmong(words []string) pull.Question {
	var q question
	q.named(parsed(words))
	return q.sorted()
}
