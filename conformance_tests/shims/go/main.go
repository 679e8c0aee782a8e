// A toy puller and its shim in one, with the standard library alone: JSON lines in, JSON lines out.
// README.md says what it checks and what it does not.
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"os"
)

type request struct {
	Do          string `json:"do"`
	URL         string `json:"url"`
	Fingerprint string `json:"fingerprint"`
	Origin      string `json:"origin"`
}

type answer map[string]any

// refusal is an error with a reason code of spec/codes.md; every other error ends the process: a crash.
type refusal struct{ code string }

func (r refusal) Error() string { return r.code }

var peers = map[string]*peer{}

func main() {
	in := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked request
		if err := json.Unmarshal(line, &asked); err != nil {
			panic(err)
		}
		if err := out.Encode(respond(asked)); err != nil {
			panic(err)
		}
	}
}

func respond(asked request) answer {
	told, err := do(asked)
	if refused, ok := err.(refusal); ok {
		return answer{"verdict": "refused", "code": refused.code}
	} else if err != nil {
		panic(err)
	}
	if told == nil {
		return answer{"verdict": "unsupported"}
	}
	told["verdict"] = "accepted"
	return told
}

func do(asked request) (answer, error) {
	switch asked.Do {
	case "init": // it serves nothing, and keeps what it holds in memory
		peers = map[string]*peer{}
		return answer{"url": "", "fingerprint": "", "features": []string{}}, nil
	case "add-peer":
		found, err := meet(asked.URL, asked.Fingerprint)
		if err != nil {
			return nil, err
		}
		peers[found.origin] = found
		return answer{"origin": found.origin}, nil
	case "sync-once":
		from, ok := peers[asked.Origin]
		if !ok {
			return nil, refusal{"follow.unknown"}
		}
		stored, err := from.pull()
		if err != nil {
			from.code = err.Error()
			return nil, err
		}
		from.code = ""
		return answer{"size": from.size, "stored": stored, "missing": len(from.live) - from.held(), "refused": []any{}}, nil
	case "status":
		rows := []answer{}
		for origin, one := range peers {
			rows = append(rows, answer{"origin": origin, "size": one.size, "root": hex.EncodeToString(one.root[:]),
				"live": one.held(), "code": one.code})
		}
		return answer{"feed": "", "size": 0, "root": "", "peers": rows}, nil
	case "stop":
		return answer{}, nil
	}
	return nil, nil
}
