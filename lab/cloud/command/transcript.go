package command

import (
	"bytes"
	"strings"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
)

// transcript keeps what a command writes, in the order in which it arrives,
// and logs the lines of those streams that are to be logged.
type transcript struct {
	mu     sync.Mutex
	both   bytes.Buffer
	stdout *stream
	stderr *stream
}

// stream is one of a transcript's two streams.
type stream struct {
	transcript *transcript
	log        func(line string) // nil when the stream is not logged
	all        bytes.Buffer
	line       bytes.Buffer // what was not logged yet
}

func newTranscript(logging *Logging, logger p.Logger) *transcript {
	t := &transcript{}
	t.stdout = &stream{transcript: t}
	t.stderr = &stream{transcript: t}
	if logging.stdout() {
		t.stdout.log = logger.InfoStatus
	}
	if logging.stderr() {
		t.stderr.log = logger.InfoStatus
	}
	return t
}

// output is what was written, each stream without one newline at its end.
func (t *transcript) output() Output {
	return Output{
		Stdout: strings.TrimSuffix(t.stdout.all.String(), "\n"),
		Stderr: strings.TrimSuffix(t.stderr.all.String(), "\n"),
	}
}

// flush logs last lines that do not end in a newline.
func (t *transcript) flush() {
	for _, stream := range []*stream{t.stdout, t.stderr} {
		if stream.log != nil && stream.line.Len() > 0 {
			stream.log(stream.line.String())
		}
	}
}

// Write takes a piece of the stream; the two streams write side by side.
func (s *stream) Write(piece []byte) (int, error) {
	s.transcript.mu.Lock()
	defer s.transcript.mu.Unlock()
	s.transcript.both.Write(piece)
	s.all.Write(piece)
	if s.log == nil {
		return len(piece), nil
	}
	s.line.Write(piece)
	for bytes.IndexByte(s.line.Bytes(), '\n') >= 0 {
		line, _ := s.line.ReadString('\n')
		s.log(strings.TrimRight(line, "\r\n"))
	}
	return len(piece), nil
}
