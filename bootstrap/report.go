package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"tripvpn/bootstrap/step"
)

// report is the result of plan, apply and verify, and their output with -json. Fields
// may be added to it, never removed.
type report struct {
	Command  string       `json:"command"`
	OK       bool         `json:"ok"`       // the host matches the spec
	Steps    []stepReport `json:"steps"`    // of plan and apply, in order
	Problems []problem    `json:"problems"` // of verify, and of the verify that ends apply
	DataPath *dataPath    `json:"dataPath"` // what the spec requires, or null without servers
	Seconds  float64      `json:"seconds"`
}

// stepReport is one step, with the change that plan found or apply made.
type stepReport struct {
	Name    string   `json:"name"`
	Change  bool     `json:"change"`
	Reasons []string `json:"reasons"` // one difference each
	Diff    []string `json:"diff"`    // "-old" and "+new" lines of a file
}

// problem is one way in which the host does not match the spec.
type problem struct {
	What string `json:"what"`
	Hint string `json:"hint"` // the remedy
}

func stepReported(s step.Step, c step.Change) stepReport {
	return stepReport{Name: s.Name(), Change: !c.None(), Reasons: append([]string{}, c.Reasons...), Diff: append([]string{}, c.Diff...)}
}

// changes is the number of steps that differed.
func (r report) changes() int {
	changes := 0
	for _, step := range r.Steps {
		if step.Change {
			changes++
		}
	}
	return changes
}

// count returns a number with its noun: "1 problem", "2 problems".
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// printStep prints a line for a step, and its diff below.
func printStep(w io.Writer, verb string, s stepReport) {
	if !s.Change {
		fmt.Fprintf(w, "%-9s%s\n", "ok", s.Name)
		return
	}
	fmt.Fprintf(w, "%-9s%s: %s\n", verb, s.Name, strings.Join(s.Reasons, "; "))
	for _, line := range s.Diff {
		fmt.Fprintf(w, "         %s\n", line)
	}
}

func printProblem(w io.Writer, p problem) {
	fmt.Fprintf(w, "%-9s%s\n         hint: %s\n", "FAILED", p.What, p.Hint)
}

// finish prints the whole report as JSON, or a one-line summary.
func (p program) finish(opts options, r report, started time.Time, summary string) error {
	r.Seconds = p.now().Sub(started).Seconds()
	if !opts.json {
		_, err := fmt.Fprintf(p.stdout, "%s (%.2f s)\n", summary, r.Seconds)
		return err
	}
	return printJSON(p.stdout, r)
}

func printJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// progress returns the writer for lines that a command prints while it runs. -json
// discards them.
func (p program) progress(opts options) io.Writer {
	if opts.json {
		return io.Discard
	}
	return p.stdout
}
