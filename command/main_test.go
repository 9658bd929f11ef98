package command

import (
	"context"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets this test's own binary be the program, wherever a test runs `sallyport`.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sallyport": func() { os.Exit(Run(context.Background(), os.Args[1:])) }})
}
