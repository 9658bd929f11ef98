package store

import (
	"fmt"
	"slices"
	"strings"
)

// table is one that a version knows, with those of its columns that a program writes.
type table struct {
	name    string
	columns []column
}

type column struct{ name, kind string }

// tables are all of the version's own, but for those of the tree, which grow with the ledger alone.
func (e *earlier) tables() (list []table) {
	e.t.Helper()
	query := `SELECT m.name, p.name, p.type FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, p.cid`
	if e.dollar {
		query = `SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema() AND is_identity = 'NO' ORDER BY table_name, ordinal_position`
	}
	rows, err := e.db.QueryContext(e.t.Context(), query)
	if err != nil {
		e.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var c column
		if err := rows.Scan(&name, &c.name, &c.kind); err != nil {
			e.t.Fatal(err)
		}
		if strings.HasPrefix(name, "ledger") || strings.HasPrefix(name, "river") || name == "sallyport_migrations" {
			continue
		}
		if len(list) == 0 || list[len(list)-1].name != name {
			list = append(list, table{name: name})
		}
		last := &list[len(list)-1]
		c.kind = strings.ToLower(c.kind)
		last.columns = append(last.columns, c)
	}
	if err := rows.Err(); err != nil || len(list) < 10 {
		e.t.Fatalf("%d tables: %v", len(list), err)
	}
	return list
}

// fill adds two rows that name each column of the version, as a program of that version does.
func (e *earlier) fill(of table, from int) {
	e.t.Helper()
	for n := from; n < from+2; n++ {
		var names, places []string
		var values []any
		for _, c := range of.columns {
			names = append(names, c.name)
			places = append(places, fmt.Sprintf("$%d", len(names)))
			values = append(values, c.value(n))
		}
		e.exec(`INSERT INTO `+of.name+` (`+strings.Join(names, ", ")+`) VALUES (`+strings.Join(places, ", ")+`)`, values...)
	}
}

// value is something that such a column may hold: texts that the program decodes are JSON.
func (c column) value(n int) any {
	switch {
	case c.kind == "boolean":
		return n%2 == 0
	case c.kind == "bytea" || c.kind == "blob":
		return []byte{byte(n)}
	case strings.Contains(c.kind, "int"):
		return n
	case slices.Contains([]string{"body", "news", "account", "record", "light"}, c.name):
		return `{}`
	}
	return fmt.Sprintf("%s %d", c.name, n)
}

// contents are the rows of the tables, as far as the version knows their columns.
func (e *earlier) contents(of []table) map[string][]string {
	e.t.Helper()
	all := map[string][]string{}
	for _, t := range of {
		var names []string
		for _, c := range t.columns {
			names = append(names, c.name)
		}
		rows, err := e.db.QueryContext(e.t.Context(), `SELECT `+strings.Join(names, ", ")+` FROM `+t.name)
		if err != nil {
			e.t.Fatal(err)
		}
		for rows.Next() {
			cells, into := make([]any, len(names)), make([]any, len(names))
			for i := range cells {
				into[i] = &cells[i]
			}
			if err := rows.Scan(into...); err != nil {
				e.t.Fatal(err)
			}
			all[t.name] = append(all[t.name], fmt.Sprint(cells...))
		}
		if err := rows.Err(); err != nil {
			e.t.Fatal(err)
		}
		_ = rows.Close()
		slices.Sort(all[t.name])
	}
	return all
}
