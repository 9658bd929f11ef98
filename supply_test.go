package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// TestTwoBuildsAreOne builds the image's binary twice, once here with what is cached and once with nothing cached in a copy
// of the source under another name: the two are the same bytes. What the binary says it is made of is then what go.mod says.
func TestTwoBuildsAreOne(t *testing.T) {
	here, there := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")
	buildAsImage(t, ".", here)
	source := filepath.Join(t.TempDir(), "a-place-of-another-name")
	copySource(t, source)
	buildAsImage(t, source, there, "GOCACHE="+t.TempDir())
	first, second := digestOf(t, here), digestOf(t, there)
	if first != second {
		t.Fatalf("two builds differ: %s and %s", first, second)
	}
	billIsTrue(t, here, first)
}

// TestTheImageIsBuiltByTheReleaseThatIsChecked holds the Dockerfile to go.mod's toolchain, which known vulnerabilities are
// looked for in.
func TestTheImageIsBuiltByTheReleaseThatIsChecked(t *testing.T) {
	find := func(file, pattern string) string {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(pattern).FindSubmatch(text)
		if found == nil {
			t.Fatalf("%s has no line like %s", file, pattern)
		}
		return string(found[1])
	}
	image, checked := find("Dockerfile", `(?m)^FROM golang:([0-9.]+)-`), find("go.mod", `(?m)^toolchain go([0-9.]+)$`)
	if image != checked {
		t.Errorf("the image is built by Go %s, and %s is checked", image, checked)
	}
}

// copySource copies what git knows of the tree, and nothing else.
func copySource(t *testing.T, to string) {
	t.Helper()
	names, err := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Fatalf("listing the source: %v", err)
	}
	for _, name := range strings.Split(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		target := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func digestOf(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func billIsTrue(t *testing.T, binary, digest string) {
	t.Helper()
	var bill cdx.BOM
	said, err := exec.Command(binary, "sbom").Output()
	if err != nil {
		t.Fatalf("sallyport sbom: %v", err)
	}
	if err := cdx.NewBOMDecoder(bytes.NewReader(said), cdx.BOMFileFormatJSON).Decode(&bill); err != nil {
		t.Fatal(err)
	}
	if got := (*bill.Metadata.Component.Hashes)[0].Value; got != digest {
		t.Errorf("the bill is of %s, the binary is %s", got, digest)
	}
	var got []string
	for _, c := range *bill.Components {
		if c.Name != "std" {
			got = append(got, c.Name+" "+c.Version)
		}
	}
	slices.Sort(got)
	if want := linked(t); !slices.Equal(got, want) {
		t.Errorf("the bill lists\n%s\nand what is linked is\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// linked lists the modules whose packages the image's binary imports.
func linked(t *testing.T) []string {
	t.Helper()
	list := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", ".")
	list.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("listing the modules: %v", err)
	}
	modules := strings.Fields(strings.ReplaceAll(string(out), " ", "@"))
	for i, m := range modules {
		modules[i] = strings.ReplaceAll(m, "@", " ")
	}
	slices.Sort(modules)
	return slices.Compact(modules)
}
