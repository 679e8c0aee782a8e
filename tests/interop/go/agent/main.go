// Agent holds one fresh Ed25519 key and signs with it over the ssh-agent protocol, which is how litewitness keeps its key.
//
//	agent SOCKET NAME
//
// It prints, as JSON, the fingerprint of the key and the vkey of a witness of that name, and runs until its standard
// input ends.
package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"io"
	"log"
	"net"
	"os"

	"filippo.io/torchwood"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: agent SOCKET NAME")
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	require(err)
	cosigner, err := torchwood.NewCosignatureSigner(os.Args[2], key)
	require(err)
	public, err := ssh.NewPublicKey(key.Public())
	require(err)
	keyring := agent.NewKeyring()
	require(keyring.Add(agent.AddedKey{PrivateKey: key}))
	listener, err := net.Listen("unix", os.Args[1])
	require(err)
	require(json.NewEncoder(os.Stdout).Encode(map[string]string{
		"fingerprint": ssh.FingerprintSHA256(public),
		"vkey":        cosigner.Verifier().String(),
	}))
	go serve(listener, keyring)
	_, err = io.Copy(io.Discard, os.Stdin)
	require(err)
}

func serve(listener net.Listener, keyring agent.Agent) {
	for {
		connection, err := listener.Accept()
		require(err)
		go func() {
			_ = agent.ServeAgent(keyring, connection) // ends with its connection
		}()
	}
}

func require(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
