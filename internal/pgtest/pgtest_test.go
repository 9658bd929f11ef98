package pgtest

import (
	"net/url"
	"os"
	"testing"
)

func TestDatabasesAreApart(t *testing.T) {
	a, b := Database(t), Database(t)
	if err := execute(a, "CREATE TABLE only_here (n int)"); err != nil {
		t.Fatal(err)
	}
	if err := execute(b, "SELECT * FROM only_here"); err == nil {
		t.Error("a table of one test's database is visible in another's")
	}
}

func TestStopLeavesNothing(t *testing.T) {
	server, stop, err := Start("", "fsync=on")
	if err != nil {
		t.Fatal(err)
	}
	if err := execute(server, "SELECT 1"); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if err := execute(server, "SELECT 1"); err == nil {
		t.Error("the server still answers after stop")
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(u.Query().Get("host")); !os.IsNotExist(err) {
		t.Errorf("the server's folder is still there: %v", err)
	}
}

func TestCopyHasTheTables(t *testing.T) {
	of := Database(t)
	if err := execute(of, "CREATE TABLE copied (n int)"); err != nil {
		t.Fatal(err)
	}
	if err := execute(Copy(t, of), "SELECT * FROM copied"); err != nil {
		t.Error(err)
	}
}
