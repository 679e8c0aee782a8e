package main

import (
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

var client = &http.Client{
	Timeout:       20 * time.Second,
	Transport:     &http.Transport{DisableCompression: true, Proxy: nil},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func get(url string, most int64) ([]byte, error) {
	got, err := client.Get(url)
	if err != nil {
		return nil, refusal{"peer.unreachable"}
	}
	defer got.Body.Close()
	if got.StatusCode != http.StatusOK {
		return nil, refusal{"peer.status"}
	}
	body, err := io.ReadAll(io.LimitReader(got.Body, most+1))
	if err != nil {
		return nil, refusal{"peer.unreachable"}
	} else if int64(len(body)) > most {
		return nil, refusal{"peer.too-large"}
	}
	return body, nil
}

// meet reads a key log, without checking its proofs, and pins the log key of the newest feed that it names.
func meet(url, fingerprint string) (*peer, error) {
	raw, err := get(url+"/.well-known/did.jsonl", 1<<20)
	if err != nil {
		return nil, err
	}
	found := &peer{url: url, root: sha256.Sum256(nil)}
	for number, text := range strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n") {
		var line struct {
			Parameters struct{ Scid string }
			State      struct {
				Service []struct {
					ServiceEndpoint json.RawMessage
					Type            string
				}
			}
		}
		if json.Unmarshal([]byte(text), &line) != nil {
			return nil, refusal{"json.syntax"}
		}
		if number == 0 && line.Parameters.Scid != fingerprint {
			return nil, refusal{"follow.fingerprint"}
		}
		for _, service := range line.State.Service {
			var named struct{ Feed, Vkey string }
			if service.Type == "EntrepotFeed" && json.Unmarshal(service.ServiceEndpoint, &named) == nil {
				found.feed, found.vkey = named.Feed, named.Vkey
			}
		}
	}
	found.origin, _, _ = strings.Cut(found.feed, "/")
	return found, nil
}
