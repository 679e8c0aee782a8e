package main

import (
	"crypto/sha256"
	"fmt"
)

// peer is a followed node: what was pinned, and what is believed of it.
type peer struct {
	url, origin, feed, vkey, code string
	size                          uint64
	root                          [32]byte
	forked                        bool
	live                          map[string][32]byte // subject to the digest of its live content
	contents                      map[[32]byte]bool   // digests of contents that came
}

const growthLimit = 1_000_000

// pull goes on to the newest head: signature, rollback and fork, entries, root, then contents by digest.
func (p *peer) pull() (stored int, err error) {
	raw, err := get(p.url+"/feed/checkpoint", 65_536)
	if err != nil {
		return 0, err
	}
	size, root, err := openHead(raw, p.feed, p.vkey)
	switch {
	case err != nil:
		return 0, err
	case p.forked || size == p.size && root != p.root:
		p.forked = true
		return 0, refusal{"log.fork"}
	case size < p.size:
		return 0, refusal{"log.rollback"}
	case size-p.size > growthLimit:
		return 0, refusal{"log.growth"}
	}
	var entries [][]byte
	var lines [][]byte
	for bundle := uint64(0); bundle*256 < size; bundle++ {
		width := min(size-bundle*256, 256)
		raw, err := get(p.url+"/feed/"+bundlePath(bundle, width), 256*65_537)
		if err != nil {
			return 0, err
		}
		some, err := readBundle(raw, int(width))
		if err != nil {
			return 0, err
		}
		entries = append(entries, some...)
		if raw, err = get(fmt.Sprintf("%s/feed/contents/%d", p.url, bundle), 256*65_537); err == nil {
			lines = append(lines, splitLines(raw)...)
		}
	}
	if treeRoot(entries) != root {
		return 0, refusal{"log.damaged"}
	} else if treeRoot(entries[:p.size]) != p.root {
		p.forked = true
		return 0, refusal{"log.fork"}
	}
	before := p.contents
	p.size, p.root, p.live, p.contents = size, root, effects(entries), map[[32]byte]bool{}
	for _, line := range lines {
		p.contents[sha256.Sum256(line)] = true
	}
	for _, digest := range p.live {
		if p.contents[digest] && !before[digest] {
			stored++
		}
	}
	return stored, nil
}

func (p *peer) held() (count int) {
	for _, digest := range p.live {
		if p.contents[digest] {
			count++
		}
	}
	return count
}
