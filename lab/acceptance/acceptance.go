// Package acceptance takes the program on a trip on a real AWS account, as an operator
// does: with the installed Pulumi CLI and its plugins, and with a real OpenVPN client. It
// moves, adds and destroys, and then looks for leftovers. Each step checks its result.
//
// A stack of a run is in a folder that outlives the run, and is removed only after
// everything in the account is. So a run that was killed is cleaned up by the next one.
package acceptance

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"tripvpn/lab/report"
)

// Options are a run's.
type Options struct {
	Report *report.Report
	Root   string   // the checkout
	Folder string   // of the acceptance, held by this process (Hold)
	Lock   *os.File // from Hold
	Log    *os.File // gets all output of the CLI; opened for appending

	From, To     string   // regions
	Page         *url.URL // shows the caller's IPv4 address
	InstanceType string   // optional, otherwise the program's default
	Admin        string   // optional: the network that may reach SSH, otherwise this machine's address
}

// Acceptance is one run.
type Acceptance struct {
	Options
	name    string // of the stack of Trip
	stack   *stack
	network network
	client  *client
}

// New makes a run. It does nothing yet.
func New(o Options) *Acceptance {
	return &Acceptance{
		Options: o,
		name:    "acceptance-" + strings.ToLower(rand.Text()[:10]),
		network: newNetwork(o.Folder),
	}
}

type step struct {
	name string
	run  func(context.Context) error
}

// Trip runs all steps and stops at the first that fails. Then CleanUp has to follow.
func (a *Acceptance) Trip(ctx context.Context) error {
	return a.inOrder(ctx, []step{
		{"connect a network namespace to the Internet", a.open},
		{"look for resources with the new stack's name", a.findNothing},
		{"make the stack", a.makeStack},
		{"pulumi preview, before anything exists", a.firstPreview},
		{"pulumi up", a.up},
		{"connect a client and fetch a page through the server", a.visitFirst},
		{"pulumi preview again: nothing to do", a.unchanged},
		{"pulumi up with one client more, under the connected one", a.addClient},
		{"pulumi up with another address", a.changeAddress},
		{"pulumi up in another region", a.move},
		{"pulumi destroy", a.destroy},
		{"look for what is left in the account", a.findNothingAfter},
		{"remove the stack and the network namespace", a.remove},
	})
}

// CleanUp destroys the stack that a run has left in the folder, if there is one, even
// with only a part of its resources, and removes everything else of the run. The error
// tells the operator what to do.
func (a *Acceptance) CleanUp(ctx context.Context) error {
	a.disconnect()
	found, err := openStack(a.Options)
	if err != nil {
		return err
	}
	if found == nil || !found.used() {
		return a.remove(ctx)
	}
	a.stack = found
	err = a.inOrder(ctx, []step{
		{"clean up: pulumi cancel and destroy, stack " + found.name, a.cancelAndDestroy},
		{"clean up: look for what is left in the account", a.findNothingAfter},
		{"clean up: remove the stack and the network namespace", a.remove},
	})
	if err != nil {
		return errors.Join(err, a.network.remove(context.WithoutCancel(ctx)), errors.New(found.advice()))
	}
	return nil
}

func (a *Acceptance) inOrder(ctx context.Context, steps []step) error {
	for _, s := range steps {
		err := a.Report.Do(s.name, func() error { return s.run(ctx) })
		if ctx.Err() != nil {
			return errors.Join(fmt.Errorf("interrupted in the step %q", s.name), err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
