// Package demo is the project shown working, from nothing to a traveller's
// page and back to nothing. Each step proves something, and the demo is only
// good if all of them hold.
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

// region is where the worked example stands.
const region = "us-east-1"

// Demo is one run, inside the lab.
type Demo struct {
	Report *report.Report
	Root   string    // the checkout
	CLI    string    // path of the Pulumi CLI
	Log    io.Writer // everything that CLI and engine say

	world     *world.World
	stack     *stack.Stack
	traveller *traveller.Traveller
	endpoint  string
}

// Run goes through all steps, up to and including destroy. It stops at the
// first that does not hold.
func (d *Demo) Run(ctx context.Context) error {
	for _, step := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"the lab's Internet, and images", d.open},
		{"pulumi preview, before anything exists", d.firstPreview},
		{"pulumi up", d.up},
		{"the traveller connects with darrell.ovpn", d.connect},
		{"a page from beyond the server", d.browse},
		{"pulumi preview again: nothing to do", d.secondPreview},
		{"pulumi up again, and of a program without resources", d.measure},
		{"pulumi destroy", d.destroy},
	} {
		if err := d.Report.Do(step.name, func() error { return step.run(ctx) }); err != nil {
			return err
		}
	}
	return d.world.Close()
}

// Up goes as far as a server that is ready, and a traveller's machine with the
// profile on it.
func (d *Demo) Up(ctx context.Context) error {
	if err := d.Report.Do("the lab's Internet, and images", func() error { return d.open(ctx) }); err != nil {
		return err
	}
	if err := d.Report.Do("pulumi up", func() error { return d.up(ctx) }); err != nil {
		return err
	}
	return d.Report.Do("a traveller arrives", func() error { return d.arrive(ctx) })
}

// Machines are what there is to visit once Up has returned.
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
		return errors.New("the first preview would create nothing")
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
	d.Report.Note(fmt.Sprintf("%d resources; the server is %s", result.Changes["create"], d.endpoint))
	configured, err := d.configuredIn(ctx)
	if err != nil {
		return err
	}
	return d.Report.Figure("the host's configuration after its packages, seconds (aim: at most 3)", configured)
}

// took is how the host binary ends: with the seconds that it needed.
var took = regexp.MustCompile(`\((\d+\.\d+) s\)$`)

// configuredIn adds up what the host binary says that its runs took. The
// engine's events would tell more, but their times are whole seconds.
func (d *Demo) configuredIn(ctx context.Context) (seconds float64, err error) {
	for _, role := range []string{"network", "vpn"} {
		said, err := d.stack.Property(ctx, "Command::darrell-"+region+"-"+role, "stdout")
		if err != nil {
			return 0, err
		}
		match := took.FindStringSubmatch(said)
		if match == nil {
			return 0, fmt.Errorf("the host binary did not say how long the %s took", role)
		}
		part, err := strconv.ParseFloat(match[1], 64)
		if err != nil {
			return 0, err
		}
		seconds += part
	}
	return seconds, nil
}

// Profile is where the traveller's machine has its profile.
const Profile = "/root/darrell.ovpn"

// arrive brings a traveller's machine with the profile on it.
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

// browse fetches a page that shows the asker's address, over both families.
func (d *Demo) browse(ctx context.Context) error {
	seen, err := d.traveller.Fetch(ctx, world.AddressPage)
	if err != nil {
		return err
	}
	if seen = strings.TrimSpace(seen); seen != d.endpoint {
		return fmt.Errorf("the web server saw %s, and not the server's address %s", seen, d.endpoint)
	}
	seen6, err := d.traveller.Fetch(ctx, world.AddressPage6)
	if err != nil {
		return err
	}
	if strings.TrimSpace(seen6) == d.traveller.Address6().String() {
		return fmt.Errorf("the web server saw the traveller's own address %s", seen6)
	}
	d.Report.Note(fmt.Sprintf("the web server saw %s and %s; the traveller is %s and %s", seen, strings.TrimSpace(seen6),
		d.traveller.Address(), d.traveller.Address6()))
	return nil
}

func (d *Demo) secondPreview(ctx context.Context) error {
	planned, err := d.stack.Preview(ctx)
	if err == nil && planned.Changed() {
		return fmt.Errorf("a preview of the unchanged stack is not empty: %v", planned.Changes)
	}
	return err
}

// measure prints what an up without changes takes, next to one of a program
// without resources. It judges neither: the machine may be busy.
func (d *Demo) measure(ctx context.Context) error {
	empty, err := d.world.NewStackOf(ctx, "empty", func(*pulumi.Context) error { return nil })
	if err != nil {
		return err
	}
	if _, err := empty.Up(ctx); err != nil { // the first up makes the stack resource
		return err
	}
	if err := d.timeIdleUp(ctx, d.stack, "pulumi up without changes, seconds (aim: at most twice the next)"); err != nil {
		return err
	}
	return d.timeIdleUp(ctx, empty, "pulumi up of a program without resources, seconds")
}

func (d *Demo) timeIdleUp(ctx context.Context, s *stack.Stack, figure string) error {
	began := time.Now()
	result, err := s.Up(ctx)
	if err != nil {
		return err
	}
	if result.Changed() {
		return fmt.Errorf("an up without changes changed something: %v", result.Changes)
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
		return fmt.Errorf("after destroy there is still: %s", strings.Join(left, ", "))
	}
	return nil
}
