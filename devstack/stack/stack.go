// Package stack describes a running development stack to whoever wants to use it: the file stack.json.
package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Stack is where the parts of a running stack are and how to get in. It is the content of stack.json.
type Stack struct {
	StarterURL         string `json:"starter_url"`
	WorkerURL          string `json:"worker_url"`
	TemporalAddress    string `json:"temporal_address"`
	TemporalNamespace  string `json:"temporal_namespace"`
	TemporalUIURL      string `json:"temporal_ui_url"`
	TemporalMetricsURL string `json:"temporal_metrics_url"`
	// PlatformURL is the simulator's: its API, its token endpoint and its controls under /_sim/.
	PlatformURL string `json:"platform_url"`
	DatabaseURL string `json:"database_url"`
	// ArchiveURL is the bucket in which leavers are archived.
	ArchiveURL string `json:"archive_url"`
	// Tokens are bearer tokens by role; "team-lead" is a second approver, "counsel" a second one of legal, "shift-lead" a second operator.
	Tokens map[string]string `json:"tokens"`
	// WebhookSecrets are Standard Webhooks secrets ("whsec_…") by source system.
	WebhookSecrets map[string]string `json:"webhook_secrets"`
}

// Read reads a stack.json; fs.ErrNotExist when there is none.
func Read(path string) (Stack, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return Stack{}, fmt.Errorf("read the stack's description: %w", err)
	}
	var read Stack
	if err := json.Unmarshal(content, &read); err != nil {
		return Stack{}, fmt.Errorf("read the stack's description %s: %w", path, err)
	}
	return read, nil
}

// Write writes the description for the user alone, since it holds tokens, and never leaves half of it behind.
func (s Stack) Write(path string) error { return WriteJSON(path, s) }

// WriteJSON replaces the file as a whole with the value as indented JSON, readable for the user alone (mode 0600).
func WriteJSON(path string, value any) error {
	content, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	// CreateTemp makes the file with mode 0600.
	scratch, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = scratch.Write(append(content, '\n'))
	if err = errors.Join(err, scratch.Close()); err == nil {
		err = os.Rename(scratch.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(scratch.Name()))
	}
	return nil
}
