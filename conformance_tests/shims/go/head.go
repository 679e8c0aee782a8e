package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
)

var strict = base64.StdEncoding.Strict()

// openHead reads a checkpoint of a feed that the log key of vkey has signed (LOG-31 to LOG-36).
func openHead(raw []byte, feed, vkey string) (size uint64, root [32]byte, err error) {
	text, signatures, found := strings.Cut(string(raw), "\n\n")
	lines, text := strings.Split(text, "\n"), text+"\n"
	if !found || !strings.HasSuffix(signatures, "\n") || bytes.ContainsAny(raw, "\r\x00") {
		return 0, root, refusal{"log.note"}
	}
	if len(lines) != 3 || lines[0] != feed {
		return 0, root, refusal{"log.checkpoint"}
	}
	size, err = strconv.ParseUint(lines[1], 10, 53)
	hash, bad := strict.DecodeString(lines[2])
	if err != nil || strconv.FormatUint(size, 10) != lines[1] || bad != nil || len(hash) != 32 {
		return 0, root, refusal{"log.checkpoint"}
	}
	root = [32]byte(hash)
	if size == 0 && root != sha256.Sum256(nil) {
		return 0, root, refusal{"log.checkpoint"}
	}
	parts := strings.SplitN(vkey, "+", 3)
	id, _ := hex.DecodeString(parts[1])
	key, _ := strict.DecodeString(parts[2])
	for _, line := range strings.Split(strings.TrimSuffix(signatures, "\n"), "\n") {
		words := strings.Split(line, " ")
		if len(words) != 3 || words[0] != "—" {
			return 0, root, refusal{"log.note"}
		}
		blob, bad := strict.DecodeString(words[2])
		if bad != nil || words[1] != feed || len(blob) < 4 || !bytes.Equal(blob[:4], id) {
			continue
		}
		identity := append([]byte{1}, make([]byte, 31)...)
		if len(blob) != 68 || bytes.Equal(blob[4:36], identity) || !ed25519.Verify(key[1:], []byte(text), blob[4:]) {
			return 0, root, refusal{"log.signature"}
		}
		return size, root, nil
	}
	return 0, root, refusal{"log.unsigned"}
}
