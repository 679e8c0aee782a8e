package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// treeRoot is the Merkle tree hash of RFC 6962.
func treeRoot(entries [][]byte) [32]byte {
	switch len(entries) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, entries[0]...))
	}
	split := 1
	for split*2 < len(entries) {
		split *= 2
	}
	left, right := treeRoot(entries[:split]), treeRoot(entries[split:])
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

func readBundle(raw []byte, count int) (entries [][]byte, err error) {
	for ; count > 0; count-- {
		if len(raw) < 2 || len(raw)-2 < int(binary.BigEndian.Uint16(raw)) || binary.BigEndian.Uint16(raw) == 0 {
			return nil, refusal{"log.bundle"}
		}
		end := 2 + int(binary.BigEndian.Uint16(raw))
		entries, raw = append(entries, raw[2:end]), raw[end:]
	}
	if len(raw) > 0 {
		return nil, refusal{"log.bundle"}
	}
	return entries, nil
}

func bundlePath(index, width uint64) string {
	path := fmt.Sprintf("%03d", index%1000)
	for index /= 1000; index > 0; index /= 1000 {
		path = fmt.Sprintf("x%03d/%s", index%1000, path)
	}
	if width < 256 {
		path += fmt.Sprintf(".p/%d", width)
	}
	return "tile/entries/" + path
}

func splitLines(raw []byte) [][]byte {
	return bytes.Split(bytes.TrimSuffix(raw, []byte("\n")), []byte("\n"))
}

// effects says what is live after some entries. Of all the rules for entries it knows framing, `op` and `subject`.
func effects(entries [][]byte) map[string][32]byte {
	live := map[string][32]byte{}
	for _, entry := range entries {
		var told struct{ Op, Subject string }
		last := len(entry) - 1
		if entry[last] == 0 && json.Unmarshal(entry[:last], &told) == nil && told.Op == "withdraw" {
			delete(live, told.Subject)
		}
		if text := len(entry) - 37; text > 0 && entry[last] == 1 && binary.BigEndian.Uint32(entry[last-4:]) == uint32(text) &&
			json.Unmarshal(entry[:text], &told) == nil && told.Op == "publish" {
			live[told.Subject] = [32]byte(entry[text : text+32])
		}
	}
	return live
}
