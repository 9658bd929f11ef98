package verify

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"

	"github.com/sallyport/sallyport/pull"
)

// beneath holds the organisation's floor, which is kept in another repository, to the name by which the landing itself
// knows it: git's own, of the text.
func (c *Commit) beneath(floor pull.Source) {
	if floor.Blob == "" || blobName(floor.Text, len(floor.Blob)) == floor.Blob {
		return
	}
	c.fault("floor-differs", fmt.Sprintf("The text of %s that was recorded is not the %.10s by which it was judged.", floor.Path, floor.Blob))
}

func blobName(text string, digits int) string {
	var h hash.Hash = sha1.New()
	if digits == 2*sha256.Size {
		h = sha256.New()
	}
	fmt.Fprintf(h, "blob %d\x00%s", len(text), text)
	return hex.EncodeToString(h.Sum(nil))
}
