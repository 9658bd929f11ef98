package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/sallyport/sallyport/internal/story"
)

// nobody is the user of the image.
const nobody = 65532

// TestImage builds the binary by the Dockerfile's own words and runs it as another user inside a folder that holds
// nothing but itself and its configuration, as the image does: no shell, no libc, no /etc, no /tmp.
func TestImage(t *testing.T) {
	root := t.TempDir()
	buildAsImage(t, ".", filepath.Join(root, "sallyport"))
	w, err := story.New(story.Options{Dir: root, Launch: launchConfined(root)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := os.WriteFile(filepath.Join(root, "policy.yml"), []byte(storyPolicy), 0o600); err != nil {
		t.Fatal(err)
	}
	lines := []string{"policy " + filepath.Join(root, "policy.yml"), "start", "propose dev staging/web.nomad", "ci green", "landed", "halt"}
	for _, line := range lines {
		words := strings.Fields(line)
		if err := w.Run(context.Background(), words[0], words[1:]); err != nil {
			t.Fatalf("%v\n%s", err, w.Log())
		}
	}
}

const storyPolicy = `version: 1
rules:
  - {name: all is free, paths: [staging/**], require: {}}
automerge: {method: squash}
`

// buildAsImage runs the Dockerfile's build line on the source in dir, only with another place for the result.
func buildAsImage(t *testing.T, dir, out string, env ...string) {
	t.Helper()
	text, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^RUN (CGO_ENABLED=0 go build .*) -o /out/sallyport \.$`).FindSubmatch(text)
	if line == nil {
		t.Fatal("the Dockerfile has no build line as this test knows it")
	}
	build := exec.Command("sh", "-c", string(line[1])+" -o "+out+" .")
	build.Dir, build.Env = dir, append(os.Environ(), env...)
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, said)
	}
}

// launchConfined starts the binary with root as its whole file system, as another user. Without the rights to do so
// it does the same inside a user namespace.
func launchConfined(root string) func(string, string) (story.Process, error) {
	return func(config, logPath string) (story.Process, error) {
		log, err := os.Create(logPath)
		if err != nil {
			return nil, err
		}
		defer log.Close()
		cmd := exec.Command("/sallyport", "serve", "--config", "/"+filepath.Base(config))
		cmd.Stderr, cmd.Dir, cmd.Env = log, "/", []string{}
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
		if os.Getuid() == 0 {
			cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
			if err := giveAway(root); err != nil {
				return nil, err
			}
		} else {
			cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
			cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getuid(), Size: 1}}
			cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getgid(), Size: 1}}
		}
		return &process{cmd}, cmd.Start()
	}
}

func giveAway(root string) error {
	return filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, nobody, nobody)
	})
}
