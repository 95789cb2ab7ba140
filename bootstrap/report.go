package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"tripvpn/bootstrap/step"
)

// report is what plan, apply and verify found and did. With -json it is
// printed as it stands; fields are added to it, never taken away.
type report struct {
	Command  string       `json:"command"`
	OK       bool         `json:"ok"`       // the host is what the spec says
	Steps    []stepReport `json:"steps"`    // of plan and apply, in order
	Problems []problem    `json:"problems"` // of verify, and of the verify that ends apply
	Seconds  float64      `json:"seconds"`
}

// stepReport is one step. plan says what would change, apply what did.
type stepReport struct {
	Name    string   `json:"name"`
	Change  bool     `json:"change"`
	Reasons []string `json:"reasons"` // what differed
	Diff    []string `json:"diff"`    // "-old" and "+new" lines of a file
}

// problem is one thing that keeps the host from being what the spec says.
type problem struct {
	What string `json:"what"`
	Hint string `json:"hint"` // what the operator can do
}

func stepReported(s step.Step, c step.Change) stepReport {
	return stepReport{Name: s.Name(), Change: !c.None(), Reasons: append([]string{}, c.Reasons...), Diff: append([]string{}, c.Diff...)}
}

// printStep prints a line for a step, and what differed below it.
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

// finish prints the whole report as JSON, or its last line.
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

// progress is where lines go while a command runs: nowhere with -json.
func (p program) progress(opts options) io.Writer {
	if opts.json {
		return io.Discard
	}
	return p.stdout
}
