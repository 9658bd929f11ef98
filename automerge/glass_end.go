package automerge

import (
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// glassEnd finds why an open glass can no longer come to hold.
func glassEnd(r pull.Request, by Breaking) (code, message string) {
	g := r.Glass
	switch {
	case len(g.Voices) == 0 || len(g.Voices) > pull.GlassPeople:
		return "break-glass-void", "Nobody can be named who broke the glass."
	case !r.At.Before(g.Expires):
		return "break-glass-expired", fmt.Sprintf("The break-glass of %s stood until %s.", strings.Join(g.Logins(), " and "), clock(g.Expires))
	case g.Head != r.Head.SHA:
		return "break-glass-void", fmt.Sprintf("The glass was broken for the head %.10s, and it has moved.", g.Head)
	case g.Branch != r.Base.Branch:
		return "break-glass-void", fmt.Sprintf("The glass was broken for a landing on %s, and the target is another one now.", g.Branch)
	case by.Off != nil:
		return "break-glass-void", by.Off.Message
	}
	var phones, people []string
	for _, v := range g.Voices {
		person, phone := by.Phone(v.Account.Login)
		switch {
		case v.Account.Kind != pull.User || !by.may(v.Account):
			return "break-glass-void", fmt.Sprintf("%s may no longer break the glass.", v.Account.Login)
		case person == "" || phone == "":
			return "break-glass-void", fmt.Sprintf("Nobody's phone is known for %s.", v.Account.Login)
		}
		people, phones = append(people, person), append(phones, strings.ToLower(phone))
	}
	if len(people) > 1 && (people[0] == people[1] || phones[0] == phones[1] || g.Voices[0].Account.ID == g.Voices[1].Account.ID) {
		return "break-glass-void", fmt.Sprintf("%s are one person.", strings.Join(g.Logins(), " and "))
	}
	return "", ""
}
