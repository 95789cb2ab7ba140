// Package report prints the progress of a run and writes it to a file: each
// step's start, end and duration. Several processes of one run may write to the
// same report, one after the other.
package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Report is the progress of a run. The file holds its JSON form.
type Report struct {
	OK      bool               `json:"ok"`
	Steps   []Step             `json:"steps"`
	Figures map[string]float64 `json:"figures,omitempty"` // name with its unit → value

	path string
	out  io.Writer
}

// Step is one step that has ended.
type Step struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	OK      bool    `json:"ok"`
}

// Begin starts an empty report at path. It is not ok until the run has
// succeeded, so a killed run does not look like a good one.
func Begin(path string, out io.Writer) (*Report, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("beginning report %q: %w", path, err)
	}
	r := &Report{Steps: []Step{}, path: path, out: out}
	return r, r.write()
}

// Continue reopens a report that another process of the run began.
func Continue(path string, out io.Writer) (*Report, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("continuing report: %w", err)
	}
	r := &Report{path: path, out: out}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("continuing report %q: %w", path, err)
	}
	return r, nil
}

// Do runs a step and reports it. It returns the step's error, or the report's.
func (r *Report) Do(name string, step func() error) error {
	fmt.Fprintf(r.out, "%s …\n", name)
	began := time.Now()
	err := step()
	seconds := time.Since(began).Round(time.Millisecond).Seconds()
	r.Steps = append(r.Steps, Step{name, seconds, err == nil})
	if err != nil {
		fmt.Fprintf(r.out, "%s: FAILED after %.1f s\n", name, seconds)
		return errors.Join(fmt.Errorf("%s: %w", name, err), r.write())
	}
	fmt.Fprintf(r.out, "%s: %.1f s\n", name, seconds)
	return r.write()
}

// Note prints a line about the step that is running.
func (r *Report) Note(text string) { fmt.Fprintf(r.out, "    %s\n", text) }

// Figure records a measured value. The name includes the unit.
func (r *Report) Figure(name string, value float64) error {
	if r.Figures == nil {
		r.Figures = map[string]float64{}
	}
	r.Figures[name] = value
	fmt.Fprintf(r.out, "    %s: %.2f\n", name, value)
	return r.write()
}

// End closes the report: ok reports whether every required step succeeded.
func (r *Report) End(ok bool) error {
	r.OK = ok
	return r.write()
}

func (r *Report) write() error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("writing report %q: %w", r.path, err)
	}
	return os.WriteFile(r.path, append(text, '\n'), 0o644)
}
