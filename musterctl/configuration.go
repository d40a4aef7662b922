package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"muster/api"
)

// stackFile is where a stack on this machine writes how to reach it.
const stackFile = ".muster/stack.json"

// stack is what musterctl needs of a stack's file.
type stack struct {
	StarterURL     string            `json:"starter_url"`
	Tokens         map[string]string `json:"tokens"`
	WebhookSecrets map[string]string `json:"webhook_secrets"`
	path           string
}

// callTimeout bounds one call; the slowest, verifying a long audit trail, reads every row of it.
const callTimeout = 2 * time.Minute

// client makes a client for a command that needs one of the roles, the best suited first.
func (c *control) client(roles ...api.Role) (*api.Client, error) {
	server, token, err := c.access(roles)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(server, "://") {
		return nil, usageError{fmt.Errorf("server %q: want an address such as http://127.0.0.1:8080", server)}
	}
	return &api.Client{BaseURL: server, Token: token, HTTPClient: &http.Client{Timeout: callTimeout}}, nil
}

// access finds the server and the token. The stack's tokens only ever go to the stack's own server, and the environment's only to
// one that was named.
func (c *control) access(roles []api.Role) (server, token string, err error) {
	if c.server != "" && c.stackPath != "" {
		return "", "", usageError{errors.New("--server and --stack: want one of them, both say where to call")}
	}
	server = c.server
	if server == "" && c.stackPath == "" {
		server = c.environment("MUSTER_SERVER")
	}
	token = c.environment("MUSTER_TOKEN")
	if server != "" {
		return server, token, nil
	}
	if token != "" && c.as == "" {
		return "", "", usageError{errors.New("MUSTER_TOKEN is set and no server is: give the token's server with --server or MUSTER_SERVER, " +
			"or unset MUSTER_TOKEN to use the tokens of " + stackFile)}
	}
	local, err := c.stack()
	if err != nil {
		return "", "", err
	}
	if c.as != "" {
		token, found := local.Tokens[c.as]
		if !found {
			return "", "", usageError{fmt.Errorf("--as %s: %s has tokens for %s", c.as, local.path, strings.Join(tokenNames(local), ", "))}
		}
		return local.StarterURL, token, nil
	}
	for _, role := range roles {
		if token := local.Tokens[string(role)]; token != "" {
			return local.StarterURL, token, nil
		}
	}
	return local.StarterURL, "", nil
}

func tokenNames(local stack) []string {
	names := make([]string, 0, len(local.Tokens))
	for name := range local.Tokens {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// stack reads the file that --stack or MUSTER_STACK names, else .muster/stack.json of this directory or the nearest one above
// that has it.
func (c *control) stack() (stack, error) {
	named := c.stackPath
	if named == "" {
		named = c.environment("MUSTER_STACK")
	}
	if named != "" {
		found, err := readStack(named)
		if errors.Is(err, fs.ErrNotExist) {
			err = usageError{fmt.Errorf("%w; the stack that it describes is not there, or no longer", err)}
		}
		return found, err
	}
	directory, err := c.directory()
	if err != nil {
		return stack{}, fmt.Errorf("find the working directory: %w", err)
	}
	for {
		found, err := readStack(filepath.Join(directory, filepath.FromSlash(stackFile)))
		if !errors.Is(err, fs.ErrNotExist) {
			return found, err
		}
		above := filepath.Dir(directory)
		if above == directory {
			return stack{}, usageError{errors.New("no server: give --server or MUSTER_SERVER, or start a stack here with \"make up\"")}
		}
		directory = above
	}
}

// readStack reads a stack's file; fs.ErrNotExist when there is none.
func readStack(path string) (stack, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return stack{}, fmt.Errorf("read the stack's file: %w", err)
	}
	found := stack{path: path}
	if err := json.Unmarshal(content, &found); err != nil {
		return stack{}, fmt.Errorf("read %s: %w", path, err)
	}
	return found, nil
}
