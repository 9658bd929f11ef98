package command

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/spf13/cobra"
)

func newSBOM() *cobra.Command {
	return &cobra.Command{
		Use:   "sbom",
		Short: "Print what this very binary is made of, as CycloneDX JSON",
		Long: `Sbom prints the software bill of materials that the Go linker wrote into this binary: every module that is in it, with
its version and its sum in go.sum, and the Go release that built it. The bill names the SHA-256 of the binary itself.
It holds no time and no random number: the same binary prints the same bill.`,
		Example: "  sallyport sbom > sallyport.cdx.json\n  sallyport sbom | jq -r '.components[].purl'",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			info, ok := debug.ReadBuildInfo()
			if !ok {
				return errors.New("this binary was built without module information")
			}
			digest, err := ownDigest()
			if err != nil {
				return err
			}
			return cdx.NewBOMEncoder(cmd.OutOrStdout(), cdx.BOMFileFormatJSON).SetPretty(true).Encode(bill(info, digest))
		},
	}
}

// ownDigest is the SHA-256 of the running binary, in hex.
func ownDigest() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("finding this binary: %w", err)
	}
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("reading this binary: %w", err)
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", fmt.Errorf("reading this binary: %w", err)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

func bill(info *debug.BuildInfo, digest string) *cdx.BOM {
	self := part(cdx.ComponentTypeApplication, info.Main)
	self.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: digest}}
	release := strings.TrimPrefix(info.GoVersion, "go")
	parts := []cdx.Component{{Type: cdx.ComponentTypeLibrary, Name: "std", Version: release,
		BOMRef: "pkg:golang/std@" + release, PackageURL: "pkg:golang/std@" + release}}
	for _, dep := range info.Deps {
		parts = append(parts, part(cdx.ComponentTypeLibrary, *dep))
	}
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{Component: &self}
	bom.Components = &parts
	return bom
}

// part is a module as the linker recorded it: where one was replaced, what replaced it.
func part(kind cdx.ComponentType, m debug.Module) cdx.Component {
	if m.Replace != nil {
		m = *m.Replace
	}
	purl := "pkg:golang/" + m.Path + "@" + m.Version
	c := cdx.Component{Type: kind, Name: m.Path, Version: m.Version, BOMRef: purl, PackageURL: purl}
	if m.Sum != "" {
		c.Properties = &[]cdx.Property{{Name: "go.sum", Value: m.Sum}}
	}
	return c
}
