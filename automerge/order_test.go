package automerge

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

func TestCommandsTakeTheirRole(t *testing.T) {
	for verb, least := range map[string]pull.Role{"why": pull.Write, "recheck": pull.Write, "duo": pull.Write, "land": pull.Write,
		"unhold": pull.Write, "hold": pull.Admin, "freeze": pull.Admin, "unfreeze": pull.Admin, "priority": pull.Admin} {
		for role := pull.NoRole; role <= pull.Admin; role++ {
			c := spoken(verb+" because of this", role)
			c.Freezes = []pull.Freeze{{ID: 1, Code: pull.FrozenHold, Number: 7, By: bo}, {ID: 2, Code: pull.FrozenFraud, Number: 7, By: bo}}
			order := Obey(c)
			acts := order.Freeze != nil || order.Lift != nil || order.Recheck || order.Explain || order.React != "" && order.React != "confused" ||
				order.Say != "" && !strings.Contains(order.Say, "takes the role")
			if want := role >= least; acts != want {
				t.Errorf("%s by %s: %+v, want obeyed %v", verb, role, order, want)
			}
			if order.Say == "" && order.React == "" && !order.Explain {
				t.Errorf("%s by %s is not answered", verb, role)
			}
		}
	}
}

var (
	ana = pull.Account{ID: 1, Login: "ana"}
	bo  = pull.Account{ID: 2, Login: "bo"}
)

func spoken(words string, role pull.Role) Command {
	return Command{Words: strings.Fields(words), By: ana, Role: role, Branch: "main", Key: pull.Key{Repo: 9, Number: 7}, Open: true,
		Same: func(a, b string) bool { return strings.TrimSuffix(a, "-second") == strings.TrimSuffix(b, "-second") }}
}

func TestWhatCommandsDo(t *testing.T) {
	hold := func(by pull.Account) pull.Freeze { return pull.Freeze{ID: 1, Code: pull.FrozenHold, Number: 7, By: by} }
	frozen := func(code string, by pull.Account) pull.Freeze {
		return pull.Freeze{ID: 2, Code: code, Branch: "main", By: by}
	}
	second := pull.Account{ID: 3, Login: "ana-second"}
	for _, tt := range []struct {
		name, words string
		role        pull.Role
		standing    []pull.Freeze
		want        Order
		says        string
	}{
		{"hold", "hold", pull.Admin, nil, Order{Freeze: &pull.Freeze{Repo: 9, Number: 7, Code: "hold", Reason: "no reason given", By: ana}}, "Held by ana"},
		{"hold what is held", "hold once more", pull.Admin, []pull.Freeze{hold(bo)}, Order{}, "held already, by bo"},
		{"land one's own hold", "land", pull.Write, []pull.Freeze{hold(ana)}, Order{Lift: []pull.Freeze{hold(ana)}}, "lifted"},
		{"land another's hold", "land", pull.Admin, []pull.Freeze{hold(bo)}, Order{}, "stays held"},
		{"land what is not held", "land", pull.Write, nil, Order{}, ""},
		{"unhold another's as an admin", "unhold", pull.Admin, []pull.Freeze{hold(bo)}, Order{Lift: []pull.Freeze{hold(bo)}}, "lifted"},
		{"unhold another's", "unhold", pull.Write, []pull.Freeze{hold(bo)}, Order{}, "bo holds it"},
		{"unhold one's own", "unhold", pull.Write, []pull.Freeze{hold(ana)}, Order{Lift: []pull.Freeze{hold(ana)}}, "lifted"},
		{"unhold nothing", "unhold", pull.Admin, nil, Order{}, "not held"},
		{"freeze", "freeze the database moves", pull.Admin, nil,
			Order{Freeze: &pull.Freeze{Repo: 9, Branch: "main", Code: "freeze", Reason: "the database moves", By: ana}}, "until /sallyport unfreeze"},
		{"freeze for a while", "freeze for 2h the database moves", pull.Admin, nil,
			Order{Freeze: &pull.Freeze{Repo: 9, Branch: "main", Code: "freeze", Reason: "the database moves", By: ana, For: 2 * time.Hour}}, "for 2h"},
		{"freeze for days", "freeze for 3d x", pull.Admin, nil,
			Order{Freeze: &pull.Freeze{Repo: 9, Branch: "main", Code: "freeze", Reason: "x", By: ana, For: 72 * time.Hour}}, "for 72h"},
		{"freeze without a reason", "freeze", pull.Admin, nil, Order{}, "say why"},
		{"freeze for a while without a reason", "freeze for 2h", pull.Admin, nil, Order{}, "say why"},
		{"freeze for no time", "freeze for", pull.Admin, nil, Order{}, "time is missing"},
		{"freeze for a wrong time", "freeze for -2h x", pull.Admin, nil, Order{}, "between"},
		{"freeze for years", "freeze for 900d x", pull.Admin, nil, Order{}, "between"},
		{"freeze what is frozen", "freeze x", pull.Admin, []pull.Freeze{frozen("freeze", bo)}, Order{}, "frozen already, by bo"},
		{"unfreeze one's own freeze", "unfreeze", pull.Admin, []pull.Freeze{frozen("freeze", ana)}, Order{Lift: []pull.Freeze{frozen("freeze", ana)}}, "lifted"},
		{"unfreeze leaves a hold", "unfreeze", pull.Admin, []pull.Freeze{hold(bo)}, Order{}, "nothing is frozen"},
		{"unfreeze a breach", "unfreeze", pull.Admin, []pull.Freeze{frozen("breach", pull.Account{})}, Order{Lift: []pull.Freeze{frozen("breach", pull.Account{})}}, "lifted"},
		{"unfreeze another's fraud", "unfreeze", pull.Admin, []pull.Freeze{frozen("fraud", bo)}, Order{Lift: []pull.Freeze{frozen("fraud", bo)}}, "lifted"},
		{"threat 51: unfreeze one's own fraud", "unfreeze", pull.Admin, []pull.Freeze{frozen("fraud", ana)}, Order{}, "an admin other than ana"},
		{"threat 51: unfreeze one's own fraud by another account", "unfreeze", pull.Admin, []pull.Freeze{frozen("fraud", second)}, Order{}, "an admin other than ana-second"},
		{"land lifts no fraud", "land", pull.Admin, []pull.Freeze{frozen("fraud", bo)}, Order{}, ""},
		{"unhold lifts no fraud", "unhold", pull.Admin, []pull.Freeze{frozen("fraud", bo)}, Order{}, "not held"},
		{"nonsense", "fly", pull.Admin, nil, Order{}, "no such command"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := spoken(tt.words, tt.role)
			c.Freezes = tt.standing
			got := Obey(c)
			if !sameFreeze(got.Freeze, tt.want.Freeze) || len(got.Lift) != len(tt.want.Lift) || len(got.Lift) > 0 && got.Lift[0] != tt.want.Lift[0] {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			if !strings.Contains(got.Say, tt.says) {
				t.Errorf("says %q, want %q", got.Say, tt.says)
			}
		})
	}
}

func sameFreeze(a, b *pull.Freeze) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func TestACommandIsObeyedOnceThoughThePassDied(t *testing.T) {
	c := spoken("hold the database moves", pull.Admin)
	first := Obey(c)
	c.Freezes = []pull.Freeze{*first.Freeze}
	if again := Obey(c); again.Freeze != nil || again.Say != first.Say {
		t.Errorf("got %+v, want the same answer and no second hold", again)
	}
}

func TestReasonsAreOneShortLine(t *testing.T) {
	got := pull.OneLine("a\nb " + strings.Repeat("x", 500))
	if strings.Contains(got, "\n") || len([]rune(got)) > 200 {
		t.Errorf("got %q", got)
	}
}
