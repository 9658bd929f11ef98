package graphql

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const zoo = `
scalar BigInt
scalar DateTime
enum Diet { PLANTS MEAT }
interface Animal { id: ID! name: String! }
type Lion implements Animal { id: ID! name: String! mane: Boolean! }
type Parrot implements Animal { id: ID! name: String! says(word: String = "hello", times: Int = 1): [String!]! }
union Guest = Lion | Parrot | Keeper
type Keeper { id: ID! login: String! weight: BigInt born: DateTime age: Int! }
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
type AnimalEdge { cursor: String! node: Animal }
type AnimalConnection { nodes: [Animal] edges: [AnimalEdge] pageInfo: PageInfo! totalCount: Int! }
input Filter { diet: Diet = PLANTS names: [String!] deep: Filter }
type Query {
  lion: Lion
  mustLion: Lion!
  lions: [Lion!]
  maybeLions: [Lion]
  guests: [Guest!]!
  keeper: Keeper
  animals(first: Int, last: Int, after: String, before: String): AnimalConnection!
  find(filter: Filter, diets: [Diet!]): String
  cost: Int!
}
type Mutation { rename(name: String!): Lion }
`

type lion struct {
	ID   int
	Name string
	Mane *bool
}

type keeper struct {
	ID     string
	Login  string
	Weight int64
	Born   time.Time
	Age    int64
}

var yes = true

func newZoo() *Engine {
	e := New(MustParse("zoo", zoo))
	e.TypeOf = func(v any) string {
		switch v.(type) {
		case *lion:
			return "Lion"
		case keeper:
			return "Keeper"
		}
		return typename(v)
	}
	value := func(v any) Resolver { return func(context.Context, any, Args) (any, error) { return v, nil } }
	e.Fields("Query", map[string]Resolver{
		"lion":       value(&lion{1, "Leo", &yes}),
		"mustLion":   value(&lion{2, "Bald", nil}),
		"lions":      value([]*lion{{1, "Leo", &yes}, {2, "Bald", nil}}),
		"maybeLions": value([]*lion{{1, "Leo", &yes}, {2, "Bald", nil}}),
		"guests":     value([]any{&lion{1, "Leo", &yes}, map[string]any{"__typename": "Parrot", "id": "p", "name": "Polly"}, keeper{ID: "k", Login: "kim"}}),
		"keeper":     value(keeper{ID: "k", Login: "kim", Weight: 1 << 40, Born: time.Date(2000, 1, 2, 3, 4, 5, 0, time.UTC), Age: 30}),
		"animals": func(_ context.Context, _ any, args Args) (any, error) {
			return Connect([]*lion{{1, "A", &yes}, {2, "B", &yes}, {3, "C", &yes}}, args, func(l *lion) string { return l.Name })
		},
		"find": func(_ context.Context, _ any, args Args) (any, error) {
			text, err := json.Marshal(args)
			return string(text), err
		},
		"cost": func(ctx context.Context, _ any, _ Args) (any, error) { return CostOf(ctx).Points, nil },
	})
	e.Field("Animal", "name", func(_ context.Context, parent any, _ Args) (any, error) {
		if l, ok := parent.(*lion); ok {
			return "lion " + l.Name, nil
		}
		name, _ := read(parent, "name")
		return name, nil
	})
	e.Field("Parrot", "says", func(_ context.Context, _ any, args Args) (any, error) {
		times, _ := args.Int("times")
		words := make([]string, times)
		for i := range words {
			words[i] = args.String("word")
		}
		return words, nil
	})
	e.Field("Mutation", "rename", func(_ context.Context, _ any, args Args) (any, error) {
		if args.String("name") == "" {
			return nil, Faultf(Forbidden, "A lion needs a name.")
		}
		return &lion{1, args.String("name"), &yes}, nil
	})
	return e
}

func run(t *testing.T, e *Engine, query, vars string) (string, Response) {
	t.Helper()
	r := Request{Query: query}
	if vars != "" {
		body, err := ParseRequest([]byte(`{"variables":` + vars + `}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Variables = body.Variables
	}
	out := e.Do(context.Background(), r, nil)
	text, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), out
}

func TestExecute(t *testing.T) {
	for _, c := range []struct{ name, query, vars, want string }{
		{"alias and order", `{b: lion {name id} a: lion {__typename}}`, "", `{"data":{"b":{"name":"lion Leo","id":"1"},"a":{"__typename":"Lion"}}}`},
		{"merged selections", `{lion {id} lion {mane}}`, "", `{"data":{"lion":{"id":"1","mane":true}}}`},
		{"fragments on unions", `{guests {__typename ... on Animal {name} ...k ... on Parrot {says}}} fragment k on Keeper {login}`, "",
			`{"data":{"guests":[{"__typename":"Lion","name":"lion Leo"},{"__typename":"Parrot","name":"Polly","says":["hello"]},{"__typename":"Keeper","login":"kim"}]}}`},
		{"skip and include", `query($y: Boolean!, $n: Boolean!) {lion {id @skip(if: $y) name @include(if: $n) mane @include(if: $y)}}`, `{"y":true,"n":false}`,
			`{"data":{"lion":{"mane":true}}}`},
		{"skipped fragments", `query($n: Boolean!) {lion {mane ...f @include(if: $n) ... @include(if: $n) {name}}} fragment f on Lion {id}`, `{"n":false}`,
			`{"data":{"lion":{"mane":true}}}`},
		{"default of an argument", `{guests {... on Parrot {says(word: "hi")}}}`, "", `{"data":{"guests":[{},{"says":["hi"]},{}]}}`},
		{"default of a variable", `query($w: String = "aha") {guests {... on Parrot {says(word: $w)}}}`, "", `{"data":{"guests":[{},{"says":["aha"]},{}]}}`},
		{"absent variable leaves the default", `query($w: String) {guests {... on Parrot {says(word: $w)}}}`, "", `{"data":{"guests":[{},{"says":["hello"]},{}]}}`},
		{"scalars", `{keeper {weight born}}`, "", `{"data":{"keeper":{"weight":"1099511627776","born":"2000-01-02T03:04:05Z"}}}`},
		{"input objects and defaults", `query($f: Filter) {find(filter: $f)}`, `{"f":{"names":"one","deep":{"diet":"MEAT"}}}`,
			`{"data":{"find":"{\"filter\":{\"deep\":{\"diet\":\"MEAT\"},\"diet\":\"PLANTS\",\"names\":[\"one\"]}}"}}`},
		{"variable inside a literal", `query($d: Diet) {find(filter: {diet: $d}, diets: [MEAT])}`, `{"d":"MEAT"}`,
			`{"data":{"find":"{\"diets\":[\"MEAT\"],\"filter\":{\"diet\":\"MEAT\"}}"}}`},
		{"null is not absent", `{find(filter: null)}`, "", `{"data":{"find":"{\"filter\":null}"}}`},
		{"mutation", `mutation {rename(name: "Max") {name}}`, "", `{"data":{"rename":{"name":"lion Max"}}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, out := run(t, newZoo(), c.query, c.vars)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if len(out.Violations) > 0 {
				t.Errorf("got violations %q, want none", out.Violations)
			}
		})
	}
}

func TestNullPropagation(t *testing.T) {
	const complaint = "cannot return null for non-nullable field Lion.mane"
	for _, c := range []struct{ name, query, want string }{
		{"up to a nullable field", `{lion {id} x: maybeLions {mane}}`, `{"data":{"lion":{"id":"1"},"x":[{"mane":true},null]},"errors":[{"path":["x",1,"mane"],"locations":[{"line":1,"column":27}],"message":"` + complaint + `"}]}`},
		{"through a list of non-null", `{lion {id} lions {mane}}`, `{"data":{"lion":{"id":"1"},"lions":null},"errors":[{"path":["lions",1,"mane"],"locations":[{"line":1,"column":19}],"message":"` + complaint + `"}]}`},
		{"up to the root", `{lion {id} mustLion {mane}}`, `{"data":null,"errors":[{"path":["mustLion","mane"],"locations":[{"line":1,"column":22}],"message":"` + complaint + `"}]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := run(t, newZoo(), c.query, "")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFaultsKeepTheRest(t *testing.T) {
	got, out := run(t, newZoo(), `mutation {a: rename(name: "") {id} b: rename(name: "Max") {id}}`, "")
	want := `{"data":{"a":null,"b":{"id":"1"}},"errors":[{"type":"FORBIDDEN","path":["a"],"locations":[{"line":1,"column":11}],"message":"A lion needs a name."}]}`
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if !out.Mutation || len(out.Violations) > 0 {
		t.Errorf("got mutation %v, violations %q; a refusal is no violation", out.Mutation, out.Violations)
	}
}

func TestViolations(t *testing.T) {
	for _, c := range []struct{ name, query, vars, want string }{
		{"syntax", `{lion {`, "", "Expected Name"},
		{"unknown field", `{lion {teeth}}`, "", "teeth"},
		{"missing argument", `mutation {rename {id}}`, "", "name"},
		{"unused fragment", `{lion {id}} fragment f on Lion {id}`, "", `"f"`},
		{"fragment in a circle", `{lion {...f}} fragment f on Lion {...f}`, "", "within itself"},
		{"two operations and no name", `query a {lion {id}} query b {lion {id}}`, "", "operation name is required"},
		{"wrong variable", `query($d: [Diet!]) {find(diets: $d)}`, `{"d":["FISH"]}`, "FISH"},
		{"unknown member of an input", `query($f: Filter) {find(filter: $f)}`, `{"f":{"color":"red"}}`, "color"},
		{"variable that must not be null", `mutation($n: String!) {rename(name: $n) {id}}`, `{"n":null}`, "not be null"},
		{"variable that must be given", `mutation($n: String!) {rename(name: $n) {id}}`, `{}`, "not be null"},
		{"connection without a size", `{animals {totalCount}}`, "", "must provide a `first` or `last` value to properly paginate the `animals` connection"},
		{"connection too large", `{animals(first: 101) {totalCount}}`, "", "Requesting 101 records on the `animals` connection exceeds the `first` limit of 100"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, out := run(t, newZoo(), c.query, c.vars)
			if got := strings.Join(out.Violations, "\n"); !strings.Contains(got, c.want) {
				t.Errorf("got violations %q, want %q", got, c.want)
			}
		})
	}
}

func TestFieldWithoutResolver(t *testing.T) {
	e := New(MustParse("zoo", zoo))
	got, out := run(t, e, `query Roar {lion {id}}`, "")
	want := `{"data":{"lion":null},"errors":[{"path":["lion"],"locations":[{"line":1,"column":13}],"message":"no resolver for Query.lion on \u003cnil\u003e"}]}`
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if diff := cmp.Diff([]string{"Roar: Query.lion: no resolver for Query.lion on <nil>"}, out.Violations); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}

func TestValuesOutsideTheSchema(t *testing.T) {
	for _, c := range []struct {
		name  string
		value any
		query string
		want  string
	}{
		{"Int beyond 32 bits", keeper{ID: "k", Age: 1 << 31}, `{keeper {age}}`, "does not fit an Int"},
		{"object of no known type", []any{7}, `{guests {__typename}}`, "is no Guest"},
		{"word for a list", "lion", `{lions {id}}`, "for a list"},
		{"struct without the field", struct{ Login string }{"kim"}, `{keeper {age}}`, "no resolver for Keeper.age"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := newZoo()
			field := strings.Fields(strings.Trim(c.query, "{}"))[0]
			e.Field("Query", field, func(context.Context, any, Args) (any, error) { return c.value, nil })
			_, out := run(t, e, c.query, "")
			if got := strings.Join(out.Violations, "\n"); !strings.Contains(got, c.want) {
				t.Errorf("got violations %q, want %q", got, c.want)
			}
		})
	}
}

func TestErrorsOfResolversAreViolations(t *testing.T) {
	e := newZoo()
	e.Field("Query", "lion", func(context.Context, any, Args) (any, error) { return nil, errors.New("git broke") })
	_, out := run(t, e, `{lion {id}}`, "")
	if diff := cmp.Diff([]string{"Query.lion: git broke"}, out.Violations); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}

func TestUnknownFieldsCannotBeRegistered(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("got no panic for a field that the schema lacks")
		}
	}()
	newZoo().Field("Lion", "teeth", nil)
}
