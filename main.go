// Sallyport guards repositories whose main branch is production: the right people approve, the human behind the
// account confirms on a second device, and what lands is what was agreed to.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/sallyport/sallyport/command"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(command.Run(ctx, os.Args[1:]))
}
