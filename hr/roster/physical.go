package roster

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// physical is a line of the text without its end (LF or CRLF).
type physical struct {
	number  int64
	text    []byte // valid until the next line is read; nil when tooLong
	tooLong bool
	ended   bool // by a newline: the text did not break off in it
}

// physicalReader cuts a text into lines and holds one of them at a time, however long they are.
type physicalReader struct {
	buffer  *bufio.Reader
	number  int64
	waiting []physical // read before and given back, the next one first
}

// newPhysicalReader passes over a byte order mark.
func newPhysicalReader(text io.Reader) *physicalReader {
	p := &physicalReader{buffer: bufio.NewReaderSize(text, MaxLine+len("\r\n"))}
	if mark, _ := p.buffer.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = p.buffer.Discard(len(mark)) // they are in the buffer
	}
	return p
}

// next returns io.EOF after the last line; any other error is the text's.
func (p *physicalReader) next() (physical, error) {
	if len(p.waiting) > 0 {
		first := p.waiting[0]
		p.waiting = p.waiting[1:]
		return first, nil
	}
	line := physical{number: p.number + 1}
	text, err := p.buffer.ReadSlice('\n')
	for errors.Is(err, bufio.ErrBufferFull) {
		line.tooLong = true
		_, err = p.buffer.ReadSlice('\n')
	}
	switch {
	case err == nil:
		line.ended = true
	case err != io.EOF: // a wrapped one is a connection that broke off
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // nobody is to take it for the end of the text
		}
		return physical{}, fmt.Errorf("read line %d: %w", line.number, err)
	case len(text) == 0 && !line.tooLong:
		return physical{}, io.EOF
	}
	if !line.tooLong {
		text = bytes.TrimSuffix(text, []byte("\n"))
		line.text = bytes.TrimSuffix(text, []byte("\r"))
		line.tooLong = len(line.text) > MaxLine
	}
	p.number++
	return line, nil
}

// giveBack makes lines the next ones; their texts must be the caller's own.
func (p *physicalReader) giveBack(lines []physical) { p.waiting = append(lines, p.waiting...) }
