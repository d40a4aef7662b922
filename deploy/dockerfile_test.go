package deploy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// instructions are the Dockerfile's, each with its continuation lines joined.
func instructions(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile("../Dockerfile")
	require.NoError(t, err)
	var found []string
	for _, line := range strings.Split(strings.ReplaceAll(string(content), "\\\n", " "), "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			found = append(found, line)
		}
	}
	return found
}

func TestImagesAreBuiltFromPinnedOnes(t *testing.T) {
	pinned := regexp.MustCompile(`^FROM \S+:\d+\.\d+\.?\S*( AS \w+)?$`)
	stages := 0
	for _, instruction := range instructions(t) {
		if strings.HasPrefix(instruction, "FROM ") {
			require.Regexp(t, pinned, instruction)
			stages++
		}
	}
	require.Equal(t, 2, stages, "one to build, one to run")
}

func TestImageIsBuiltWithTheModulesGo(t *testing.T) {
	modules, err := os.ReadFile("../go.mod")
	require.NoError(t, err)
	wanted := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(modules)
	require.NotNil(t, wanted)
	require.Contains(t, instructions(t)[0], "golang:"+string(wanted[1])+".")
}

func TestImageHoldsEveryProgramThatComposeRuns(t *testing.T) {
	all := strings.Join(instructions(t), "\n")
	for name, service := range project(t, checkout(t)).Services {
		if service.Build == nil {
			continue
		}
		program := service.Command[0]
		require.Contains(t, all, " ./"+program, "service %s runs it", name)
		content, err := os.ReadFile(filepath.Join("..", program, "main.go"))
		require.NoError(t, err)
		require.Contains(t, string(content), "package main")
	}
}

func TestContainersDoNotRunAsRoot(t *testing.T) {
	user := ""
	for _, instruction := range instructions(t) {
		if strings.HasPrefix(instruction, "USER ") {
			user = strings.TrimPrefix(instruction, "USER ")
		}
	}
	require.Regexp(t, `^[1-9]\d*:[1-9]\d*$`, user)
}
