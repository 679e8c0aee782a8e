// Open reads a checkpoint on standard input and opens it with the Go project's sumdb/note, as any Go client would.
//
//	open LOG-VKEY COSIGNER-VKEY...
//
// It prints who signed, as JSON, and fails unless the log did, and the text is a checkpoint of the log. Cosigners are
// verified twice, by the libraries of transparency-dev and as torchwood reads their times; keys that did not sign are
// left out.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"filippo.io/torchwood"
	f_note "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

type answer struct {
	Origin  string           `json:"origin"`
	Size    int64            `json:"size"`
	Signers []string         `json:"signers"`
	Times   map[string]int64 `json:"times"`
}

func main() {
	found, err := open(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func open(vkeys []string) (*answer, error) {
	if len(vkeys) == 0 {
		return nil, fmt.Errorf("usage: open LOG-VKEY COSIGNER-VKEY...")
	}
	raw, err := io.ReadAll(io.LimitReader(os.Stdin, 1<<20))
	if err != nil {
		return nil, err
	}
	logKey, err := note.NewVerifier(vkeys[0])
	if err != nil {
		return nil, fmt.Errorf("key of the log: %w", err)
	}
	if _, err := note.Open(raw, note.VerifierList(logKey)); err != nil {
		return nil, fmt.Errorf("signature of the log: %w", err)
	}
	verifiers := []note.Verifier{logKey}
	for _, vkey := range vkeys[1:] {
		cosigner, err := f_note.NewVerifierForCosignatureV1(vkey)
		if err != nil {
			return nil, fmt.Errorf("key of a cosigner: %w", err)
		}
		verifiers = append(verifiers, cosigner)
	}
	opened, err := note.Open(raw, note.VerifierList(verifiers...))
	if err != nil {
		return nil, err
	}
	checkpoint, err := torchwood.ParseCheckpoint(opened.Text)
	if err != nil {
		return nil, err
	}
	found := &answer{Origin: checkpoint.Origin, Size: checkpoint.N, Times: map[string]int64{}}
	for _, signature := range opened.Sigs {
		found.Signers = append(found.Signers, signature.Name)
		if signature.Name == logKey.Name() {
			continue
		}
		if found.Times[signature.Name], err = torchwood.CosignatureTimestamp(signature); err != nil {
			return nil, err
		}
	}
	return found, nil
}
