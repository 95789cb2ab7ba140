// Package demo shows the project working: it deploys a server, connects a
// traveller, fetches a page and destroys everything. Each step checks its
// result, and the demo succeeds only if every step does.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/lab/machine"
	"tripvpn/lab/report"
	"tripvpn/lab/stack"
	"tripvpn/lab/traveller"
	"tripvpn/lab/world"
)

// region is the worked example's region.
const region = "us-east-1"

// Demo is one run, inside the lab.
type Demo struct {
	Report *report.Report
	Root   string    // the checkout
	CLI    string    // path of the Pulumi CLI
	Log    io.Writer // all output of the CLI and the engine

	world     *world.World
	stack     *stack.Stack
	traveller *traveller.Traveller
	endpoint  string
}

// Run runs all steps, including destroy. It stops at the first that fails.
func (d *Demo) Run(ctx context.Context) error {
	for _, step := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"start the lab's Internet and build the images", d.open},
		{"pulumi preview, before anything exists", d.firstPreview},
		{"pulumi up", d.up},
		{"connect the traveller with darrell.ovpn", d.connect},
		{"fetch a page through the server", d.browse},
		{"pulumi preview again: nothing to do", d.secondPreview},
		{"time pulumi up without changes, and without resources", d.measure},
		{"pulumi destroy", d.destroy},
	} {
		if err := d.Report.Do(step.name, func() error { return step.run(ctx) }); err != nil {
			return err
		}
	}
	return d.world.Close()
}

// Up runs until a server is ready and a traveller's machine has the profile.
func (d *Demo) Up(ctx context.Context) error {
	if err := d.Report.Do("start the lab's Internet and build the images", func() error { return d.open(ctx) }); err != nil {
		return err
	}
	if err := d.Report.Do("pulumi up", func() error { return d.up(ctx) }); err != nil {
		return err
	}
	return d.Report.Do("start the traveller's machine", func() error { return d.arrive(ctx) })
}

// Machines returns the machines by name, once Up has returned.
func (d *Demo) Machines() (map[string]*machine.Machine, error) {
	server, err := d.world.Host(region)
	return map[string]*machine.Machine{"server": server, "traveller": d.traveller.Machine()}, err
}

func (d *Demo) open(ctx context.Context) error {
	var err error
	d.world, err = world.Open(ctx, world.Options{Root: d.Root, CLI: d.CLI, Log: d.Log, Progress: d.Report.Note})
	if err != nil {
		return err
	}
	settings, err := d.world.Settings()
	if err != nil {
		return err
	}
	d.stack, err = d.world.NewStack(ctx, "demo", settings)
	return err
}

func (d *Demo) firstPreview(ctx context.Context) error {
	planned, err := d.stack.Preview(ctx)
	if err == nil && planned.Changes["create"] == 0 {
		return errors.New("the first preview creates nothing")
	}
	return err
}

func (d *Demo) up(ctx context.Context) error {
	result, err := d.stack.Up(ctx)
	if err != nil {
		return err
	}
	if d.endpoint, err = d.stack.Text(ctx, "endpoint"); err != nil {
		return err
	}
	d.Report.Note(fmt.Sprintf("%d resources created; the server's address is %s", result.Changes["create"], d.endpoint))
	configured, err := d.configuredIn(ctx)
	if err != nil {
		return err
	}
	return d.Report.Figure("configuring the host, without packages, seconds (target: at most 3)", configured)
}

// took matches the end of the host binary's output: the seconds it needed.
var took = regexp.MustCompile(`\((\d+\.\d+) s\)$`)

// configuredIn adds up the times that the host binary reports for its runs. The
// engine's events hold more, but only whole seconds.
func (d *Demo) configuredIn(ctx context.Context) (seconds float64, err error) {
	for _, role := range []string{"network", "vpn"} {
		said, err := d.stack.Property(ctx, "Command::darrell-"+region+"-"+role, "stdout")
		if err != nil {
			return 0, err
		}
		match := took.FindStringSubmatch(said)
		if match == nil {
			return 0, fmt.Errorf("the host binary did not report the time for the %s", role)
		}
		part, err := strconv.ParseFloat(match[1], 64)
		if err != nil {
			return 0, err
		}
		seconds += part
	}
	return seconds, nil
}

// Profile is the profile's path on the traveller's machine.
const Profile = "/root/darrell.ovpn"

// arrive starts a traveller's machine and puts the profile on it.
func (d *Demo) arrive(ctx context.Context) error {
	text, err := d.stack.Text(ctx, "darrell.ovpn")
	if err != nil {
		return err
	}
	if d.traveller, err = d.world.Site.Traveller(ctx, "darrell"); err != nil {
		return err
	}
	return d.traveller.Place(ctx, Profile, []byte(text))
}

func (d *Demo) connect(ctx context.Context) error {
	if err := d.arrive(ctx); err != nil {
		return err
	}
	session, err := d.traveller.Connect(Profile)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return session.AwaitConnected(ctx)
}

// browse fetches a page that shows the caller's address, over both families.
func (d *Demo) browse(ctx context.Context) error {
	seen, err := d.traveller.Fetch(ctx, world.AddressPage)
	if err != nil {
		return err
	}
	if seen = strings.TrimSpace(seen); seen != d.endpoint {
		return fmt.Errorf("the web server saw %s instead of the server's address %s", seen, d.endpoint)
	}
	seen6, err := d.traveller.Fetch(ctx, world.AddressPage6)
	if err != nil {
		return err
	}
	if strings.TrimSpace(seen6) == d.traveller.Address6().String() {
		return fmt.Errorf("the web server saw the traveller's own address %s", seen6)
	}
	d.Report.Note(fmt.Sprintf("the web server saw %s and %s; the traveller's own addresses are %s and %s", seen, strings.TrimSpace(seen6),
		d.traveller.Address(), d.traveller.Address6()))
	return nil
}

func (d *Demo) secondPreview(ctx context.Context) error {
	planned, err := d.stack.Preview(ctx)
	if err == nil && planned.Changed() {
		return fmt.Errorf("the preview of an unchanged stack shows changes: %v", planned.Changes)
	}
	return err
}

// measure prints the time of an up without changes, and of an up of a program
// without resources. It sets no limit, because the machine may be busy.
func (d *Demo) measure(ctx context.Context) error {
	empty, err := d.world.NewStackOf(ctx, "empty", func(*pulumi.Context) error { return nil })
	if err != nil {
		return err
	}
	if _, err := empty.Up(ctx); err != nil { // the first up creates the stack resource
		return err
	}
	if err := d.timeIdleUp(ctx, d.stack, "pulumi up without changes, seconds (target: at most twice the next)"); err != nil {
		return err
	}
	return d.timeIdleUp(ctx, empty, "pulumi up without resources, seconds")
}

func (d *Demo) timeIdleUp(ctx context.Context, s *stack.Stack, figure string) error {
	began := time.Now()
	result, err := s.Up(ctx)
	if err != nil {
		return err
	}
	if result.Changed() {
		return fmt.Errorf("an up without changes made changes: %v", result.Changes)
	}
	return d.Report.Figure(figure, time.Since(began).Seconds())
}

func (d *Demo) destroy(ctx context.Context) error {
	if _, err := d.stack.Destroy(ctx); err != nil {
		return err
	}
	if err := d.traveller.Remove(ctx); err != nil {
		return err
	}
	resources, err := d.stack.Resources(ctx)
	if err != nil {
		return err
	}
	left, err := d.world.Leftovers()
	if err != nil {
		return err
	}
	if left = append(left, resources...); len(left) > 0 {
		return fmt.Errorf("destroy left these behind: %s", strings.Join(left, ", "))
	}
	return nil
}
