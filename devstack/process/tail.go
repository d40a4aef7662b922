package process

import (
	"io"
	"os"
	"strings"
)

// tailBytes is how much of a log's end is read to find its last lines.
const tailBytes = 64 << 10

// LastLines returns at most count last lines of the file, indented for showing under a message. A file that cannot be read
// yields a line that says so.
func LastLines(path string, count int) string {
	file, err := os.Open(path)
	if err != nil {
		return "    (" + err.Error() + ")"
	}
	defer file.Close()
	if size, err := file.Seek(0, io.SeekEnd); err == nil {
		_, _ = file.Seek(max(0, size-tailBytes), io.SeekStart)
	}
	content, err := io.ReadAll(file)
	if err != nil {
		return "    (" + err.Error() + ")"
	}
	text := strings.TrimRight(string(content), "\n")
	if text == "" {
		return "    (it wrote nothing)"
	}
	lines := strings.Split(text, "\n")
	lines = lines[max(0, len(lines)-count):]
	return "    " + strings.Join(lines, "\n    ")
}
