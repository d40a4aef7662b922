package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"muster/api"
	"muster/ccaas/genesys/genesystest"
	"muster/mapping"
	"muster/store"
)

// runbookPath is the page whose every command is run here.
const runbookPath = "../docs/runbook.md"

// command is one command line of the runbook, with what it says that the command answers.
type command struct {
	line string
	exit int
	// says is a part of what it prints; empty: whatever it prints.
	says string
}

// part is a heading of the runbook with the commands below it.
type part struct {
	title    string
	commands []command
}

var documented = regexp.MustCompile(`^(.*\S)\s+# (?:exit (\d+)|says): (.+)$`)

// runbook reads the parts that have commands. A block that is no shell block, or a comment that says nothing, is a defect of the page.
func runbook(t *testing.T) (parts []part) {
	t.Helper()
	content, err := os.ReadFile(runbookPath)
	require.NoError(t, err)
	current, inside := part{}, false
	for number, line := range strings.Split(string(content), "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			require.True(t, inside || line == "```sh", "line %d: a block of another kind: %s", number+1, line)
			inside = !inside
		case inside && strings.TrimSpace(line) != "":
			current.commands = append(current.commands, readCommand(t, line))
		case !inside && strings.HasPrefix(line, "#"):
			parts = append(parts, current)
			current = part{title: strings.TrimLeft(line, "# ")}
		}
	}
	require.False(t, inside, "the last block does not end")
	parts = append(parts, current)
	return slices.DeleteFunc(parts, func(p part) bool { return len(p.commands) == 0 })
}

func readCommand(t *testing.T, line string) command {
	t.Helper()
	found := documented.FindStringSubmatch(line)
	if found == nil {
		require.NotContains(t, line, "#", "a comment has to say what the command answers")
		return command{line: line}
	}
	read := command{line: found[1], says: found[3]}
	if found[2] != "" {
		var err error
		read.exit, err = strconv.Atoi(found[2])
		require.NoError(t, err)
	}
	return read
}

// situation is what a part of the runbook is about.
type situation struct {
	// prepare brings it about.
	prepare func(t *testing.T, r *reader)
	// before is what the text says has to happen before a command that holds the key.
	before map[string]func(t *testing.T, r *reader)
	// after checks that what the text promises has come about.
	after func(t *testing.T, r *reader)
}

// reader is somebody who has the runbook open, and a shell.
type reader struct {
	*stack
	folder string
	// person is WD-EMP-1001.
	person *person
	// values are what else the page's placeholders stand for.
	values map[string]string
	// comeBack starts the server again that is down.
	comeBack func()
}

func TestEveryCommandOfTheRunbookAnswersAsItSays(t *testing.T) {
	t.Parallel()
	parts, prepared := runbook(t), situations()
	titles := make([]string, len(parts))
	for i, p := range parts {
		titles[i] = p.title
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(prepared)), titles, "every part with commands has its situation, and none is left over")

	shared := runbookStack(t)
	for _, p := range parts {
		t.Run(p.title, func(t *testing.T) {
			t.Parallel()
			r := &reader{stack: shared, folder: t.TempDir(), values: map[string]string{
				"2026-12-20T10:00:00Z": time.Now().AddDate(0, 0, 60).UTC().Format(time.RFC3339),
				"2026-03-01":           time.Now().UTC().Format(time.DateOnly),
			}}
			scene := prepared[p.title]
			if scene.prepare != nil {
				scene.prepare(t, r)
			}
			for _, c := range p.commands {
				for fragment, happens := range scene.before {
					if strings.Contains(c.line, fragment) {
						happens(t, r)
						delete(scene.before, fragment)
					}
				}
				r.runs(t, c)
			}
			require.Empty(t, scene.before, "no command holds this")
			if scene.after != nil {
				scene.after(t, r)
			}
		})
	}
}

func TestTheRunbookNamesEveryAlert(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(runbookPath)
	require.NoError(t, err)
	alerts, err := os.ReadFile("../docs/alerts.md")
	require.NoError(t, err)
	source, err := os.ReadFile("../store/alerts.go")
	require.NoError(t, err)
	kinds := regexp.MustCompile(`AlertKind = "([a-z_]+)"`).FindAllStringSubmatch(string(source), -1)
	require.NotEmpty(t, kinds)
	for _, kind := range kinds {
		require.Contains(t, string(content), "`"+kind[1]+"`")
		require.Contains(t, string(alerts), "`"+kind[1]+"`")
	}
}

// looks says that a command only looks: it is typed again until it says what it is to say.
func (c command) looks() bool {
	return c.says != "" && c.exit == 0 && slices.ContainsFunc(
		[]string{" list", " show", " explain", " timeline", " inbox", "curl ", " describe", " verify"},
		func(verb string) bool { return strings.Contains(c.line, verb) })
}

// runs types a command and checks what it answers.
func (r *reader) runs(t *testing.T, c command) {
	t.Helper()
	line := r.filled(t, c.line)
	answers := func() error {
		output, exit := r.shell(t, line)
		if exit != c.exit {
			return fmt.Errorf("%s\nexit code %d, the runbook says %d:\n%s", line, exit, c.exit, output)
		}
		if says := r.filled(t, c.says); !strings.Contains(output, says) {
			return fmt.Errorf("%s\ndoes not say %q:\n%s", line, says, output)
		}
		return nil
	}
	if c.looks() {
		eventually(t, c.line, answers)
		return
	}
	require.NoError(t, answers())
}

var placeholder = regexp.MustCompile(`WD-EMP-1001\b|jane\.doe@enterprise\.com|2026-12-20T10:00:00Z|2026-03-01\b|evt_waiting|\w+_?…`)

// filled is a line with what its placeholders stand for.
func (r *reader) filled(t *testing.T, line string) string {
	t.Helper()
	return placeholder.ReplaceAllStringFunc(line, func(name string) string {
		if value, given := r.values[name]; given {
			return value
		}
		require.NotNil(t, r.person, "nothing stands for %s in %q", name, line)
		switch name {
		case "WD-EMP-1001":
			return r.person.id
		case "jane.doe@enterprise.com":
			return r.person.email
		case "apr_…":
			return r.approvalID(t)
		case "rev_…":
			return r.reviewID(t)
		}
		require.Fail(t, "nothing stands for it", "%s in %q", name, line)
		return ""
	})
}

// approvalID is the approval that a list shows: the open one, else the newest.
func (r *reader) approvalID(t *testing.T) (id string) {
	t.Helper()
	legal := r.as("legal")
	page, err := legal.Approvals(t.Context(), api.DecisionQuery{PersonID: r.person.id})
	require.NoError(t, err)
	require.NotEmpty(t, page.Items)
	for _, approval := range page.Items {
		if id = approval.ID; approval.State == "open" {
			break
		}
	}
	return id
}

// reviewID is the open review that a list shows.
func (r *reader) reviewID(t *testing.T) (id string) {
	t.Helper()
	eventually(t, "a review is open", func() error {
		page, err := r.api.Reviews(t.Context(), api.DecisionQuery{State: "open", PersonID: r.person.id})
		if err != nil || len(page.Items) == 0 {
			return errors.Join(err, errNotYet)
		}
		id = page.Items[0].ID
		return nil
	})
	return id
}

// shell runs a line as somebody would who sits at a stack of make up.
func (r *reader) shell(t *testing.T, line string) (output string, exit int) {
	t.Helper()
	programs, err := filepath.Abs("../.muster/bin")
	require.NoError(t, err)
	shell := exec.CommandContext(t.Context(), "sh", "-euc", line)
	shell.Dir = r.folder
	shell.Env = []string{
		"PATH=" + r.binaries + ":" + os.Getenv("PATH") + ":" + programs, "HOME=" + r.folder, "MUSTER_STACK=" + filepath.Join(r.stack.folder, "stack.json"),
		"STARTER=" + r.api.BaseURL, "WORKER=" + r.workerURL(t), "AUDITOR=" + token("auditor"), "ARCHIVE=" + filepath.Join(r.stack.folder, "archive"),
		"TEMPORAL_ADDRESS=" + r.address, "TEMPORAL_NAMESPACE=" + r.namespace, "TEMPORAL_CONFIG_FILE=" + os.DevNull,
	}
	var both bytes.Buffer
	shell.Stdout, shell.Stderr = &both, &both
	err = shell.Run()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return both.String(), failed.ExitCode()
	}
	require.NoError(t, err, line)
	return both.String(), 0
}

func (r *reader) workerURL(t *testing.T) string {
	t.Helper()
	for _, variable := range r.worker.command.Env {
		if listen, found := strings.CutPrefix(variable, "MUSTER_WORKER_LISTEN="); found {
			return "http://" + listen
		}
	}
	require.Fail(t, "the worker listens nowhere")
	return ""
}

// Departments of the runbook's stacks.
const (
	departmentShort = "RUNBOOK_SHORT" // leavers are deleted after four seconds
	departmentGated = "RUNBOOK_GATED" // joined after an approval, whose deadline is a second after asking
)

// holders are those whom the runbook calls by name, with their roles: the same as on a stack of make up.
func holders() map[string]string {
	return map[string]string{
		"ingest": "ingest", "viewer": "viewer", "operator": "operator", "shift-lead": "operator", "approver": "approver", "team-lead": "approver",
		"legal": "legal", "counsel": "legal", "auditor": "auditor", "registry-editor": "registry-editor",
	}
}

// runbookStack is a stack of its own with the runbook's people.
func runbookStack(t *testing.T) *stack {
	t.Helper()
	s := startWith(t, func(s *stack) { s.forRunbook(t) })
	s.describe(t)
	return s
}

// forRunbook gives a stack departments where little is waited for, people, and an endpoint for alerts that nobody listens at.
func (s *stack) forRunbook(t *testing.T) {
	t.Helper()
	require.NoError(t, s.platform.ChangeSettings(func(settings *genesystest.Settings) { settings.RequestsPerMinute, settings.ErasureLagMS = 0, 0 }))
	s.mapping = filepath.Join(s.folder, "registry.yaml")
	require.NoError(t, os.WriteFile(s.mapping, runbookRegistry(t), 0o600))
	people := map[string]any{}
	for holder, role := range holders() {
		people[token(holder)] = map[string]any{"name": holder, "roles": []string{role}}
	}
	s.write("people.json", people)
	s.write("endpoints.json", map[string]any{"ops": map[string]string{"url": "http://127.0.0.1:1/", "secret": webhookSecret}})
	s.settings = append(s.settings, watchful, "MUSTER_TOKENS_FILE="+filepath.Join(s.folder, "people.json"),
		"MUSTER_ALERT_URLS_FILE="+filepath.Join(s.folder, "endpoints.json"), "MUSTER_SILENCE_HOURS=24")
}

func runbookRegistry(t *testing.T) []byte {
	t.Helper()
	department := func(code, policies string) string {
		return fmt.Sprintf("  - code: %s\n    department: %s\n    division: Customer Care\n    queues:\n      - {name: General_Support}\n"+
			"    policies:\n%s", code, code, policies)
	}
	example := string(mapping.Example())
	require.Contains(t, example, "\njob_titles:")
	return []byte(strings.Replace(example, "\njob_titles:", "\n"+
		department(departmentShort, "      drain_window: 0s\n      grace: 4s\n")+
		department(departmentGated, "      activation_approval: true\n      approval_deadline: 1s\n")+"\njob_titles:", 1))
}

// describe writes the stack's file, by which musterctl finds it.
func (s *stack) describe(t *testing.T) {
	t.Helper()
	tokens := map[string]string{}
	for holder := range holders() {
		tokens[holder] = token(holder)
	}
	encoded, err := json.Marshal(map[string]any{"starter_url": s.api.BaseURL, "tokens": tokens, "webhook_secrets": map[string]string{source: webhookSecret}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(s.folder, "stack.json"), encoded, 0o600))
}

// alerted waits until the inbox holds an alert about the person, or about nobody.
func (r *reader) alerted(t *testing.T, kind store.AlertKind, within time.Duration) {
	t.Helper()
	legal := r.as("legal")
	require.Eventually(t, func() bool {
		page, err := legal.Inbox(t.Context(), api.InboxQuery{PageQuery: api.PageQuery{Limit: 500}})
		return err == nil && slices.ContainsFunc(page.Items, func(item api.InboxItem) bool {
			return item.Kind == string(kind) && (item.PersonID == "" || item.PersonID == r.person.id)
		})
	}, within, 200*time.Millisecond, "an alert %s", kind)
}
