package acceptance

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	labstack "tripvpn/lab/stack"
)

// Names of the devices.
const (
	firstDevice  = "first"
	secondDevice = "second"
)

func (a *Acceptance) open(ctx context.Context) error {
	var err error
	if a.client, err = newClient(ctx, a.network.namespace, a.Page); err != nil {
		return err
	}
	if err := a.network.open(ctx); err != nil {
		return err
	}
	own, err := a.client.seen(ctx)
	if err != nil {
		return fmt.Errorf("%w; does the firewall of this machine let packets from %s through?", err, clientAddress)
	}
	a.Report.Note("without a tunnel, the page sees " + own.String())
	return nil
}

// makeStack makes a stack that ends by itself, should everything else fail.
func (a *Acceptance) makeStack(ctx context.Context) error {
	settings := []setting{
		{"name", "acceptance"},
		{"regions[0]", a.From},
		{"clients[0]", firstDevice},
		{"until", time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)},
	}
	if a.InstanceType != "" {
		settings = append(settings, setting{"instanceType", a.InstanceType})
	}
	if a.Admin != "" {
		settings = append(settings, setting{"adminCidrs[0]", a.Admin})
	}
	var err error
	if a.stack, err = newStack(ctx, a.Options, a.name, settings); err != nil {
		return err
	}
	a.Report.Note(fmt.Sprintf("stack %s, in %s", a.stack.name, a.stack.folder))
	return nil
}

func (a *Acceptance) firstPreview(ctx context.Context) error {
	_, err := a.stack.pulumi(ctx, "preview")
	return err
}

func (a *Acceptance) up(ctx context.Context) error {
	if err := a.stack.use(); err != nil {
		return fmt.Errorf("before pulumi up: %w", err)
	}
	_, err := a.stack.pulumi(ctx, "up", "--yes")
	return err
}

func (a *Acceptance) unchanged(ctx context.Context) error {
	_, err := a.stack.pulumi(ctx, "preview", "--expect-no-changes")
	return err
}

// visit connects a device with its profile, and requires that a page sees the server's
// address. The device stays connected. The profile does not stay.
func (a *Acceptance) visit(ctx context.Context, device string) error {
	if err := a.client.disconnect(ctx); err != nil {
		return err
	}
	profile := a.profile(device)
	defer os.Remove(profile)
	if err := a.stack.output(ctx, device+".ovpn", profile); err != nil {
		return err
	}
	if err := a.client.connect(ctx, profile); err != nil {
		return err
	}
	return a.seesServer(ctx)
}

func (a *Acceptance) profile(device string) string { return filepath.Join(a.Folder, device+".ovpn") }

func (a *Acceptance) seesServer(ctx context.Context) error {
	server, err := a.endpoint(ctx)
	if err != nil {
		return err
	}
	seen, err := a.client.seen(ctx)
	if err != nil {
		return err
	}
	if seen != server {
		return fmt.Errorf("page %q sees %s instead of the server's address %s", a.Page, seen, server)
	}
	a.Report.Note("through the tunnel, the page sees the server's address " + seen.String())
	return nil
}

// endpoint is the server's address.
func (a *Acceptance) endpoint(ctx context.Context) (netip.Addr, error) {
	file := filepath.Join(a.Folder, "endpoint")
	defer os.Remove(file)
	if err := a.stack.output(ctx, "endpoint", file); err != nil {
		return netip.Addr{}, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("reading the server's address: %w", err)
	}
	return netip.ParseAddr(strings.TrimSpace(string(text)))
}

func (a *Acceptance) visitFirst(ctx context.Context) error { return a.visit(ctx, firstDevice) }

// addClient adds a device, which must not disturb the one that is connected.
func (a *Acceptance) addClient(ctx context.Context) error {
	if err := a.stack.set(ctx, setting{"clients[1]", secondDevice}); err != nil {
		return err
	}
	if err := a.up(ctx); err != nil {
		return err
	}
	if err := a.seesServer(ctx); err != nil {
		return err
	}
	if n := a.client.reconnects(); n != 0 {
		return fmt.Errorf("the connected client had to connect again, %d times", n)
	}
	return a.visit(ctx, secondDevice)
}

// changeAddress gives the server another address.
func (a *Acceptance) changeAddress(ctx context.Context) error {
	return a.relocate(ctx, setting{"addressSerial", "1"})
}

// move moves the server to another region.
func (a *Acceptance) move(ctx context.Context) error {
	return a.relocate(ctx, setting{"regions[0]", a.To})
}

// relocate changes a setting that gives the server another address, and connects with
// the new profile.
func (a *Acceptance) relocate(ctx context.Context, to setting) error {
	before, err := a.endpoint(ctx)
	if err != nil {
		return err
	}
	if err := a.stack.set(ctx, to); err != nil {
		return err
	}
	if err := a.up(ctx); err != nil {
		return err
	}
	after, err := a.endpoint(ctx)
	if err != nil {
		return err
	}
	if after == before {
		return fmt.Errorf("the server still has the address %s", before)
	}
	return a.visit(ctx, firstDevice)
}

func (a *Acceptance) destroy(ctx context.Context) error {
	if err := a.client.disconnect(ctx); err != nil {
		return err
	}
	_, err := a.stack.pulumi(ctx, "destroy", "--yes")
	return err
}

// cancelAndDestroy destroys a stack of which an operation may have been killed.
func (a *Acceptance) cancelAndDestroy(ctx context.Context) error {
	if err := labstack.RemoveEmptyAttributes(a.stack.state()); err != nil {
		return err
	}
	if _, err := a.stack.pulumi(ctx, "cancel", "--yes"); err != nil {
		return err
	}
	if err := a.removeUnknown(ctx); err != nil {
		return err
	}
	_, err := a.stack.pulumi(ctx, "destroy", "--yes")
	return err
}

// remove removes everything of a run, with the state, whose backups hold keys. Nothing
// of the stack is left in the account.
func (a *Acceptance) remove(ctx context.Context) error {
	if err := a.network.remove(ctx); err != nil {
		return err
	}
	entries, err := os.ReadDir(a.Folder)
	if err != nil {
		return fmt.Errorf("removing the stack: %w", err)
	}
	var errs []error
	for _, entry := range entries {
		if entry.Name() != "lock" {
			errs = append(errs, os.RemoveAll(filepath.Join(a.Folder, entry.Name())))
		}
	}
	return errors.Join(errs...)
}

// disconnect ends the client of this process, and forgets the profiles of any.
func (a *Acceptance) disconnect() {
	if a.client != nil {
		_ = a.client.disconnect(context.Background()) // removing the namespace ends it in any case
	}
	for _, device := range []string{firstDevice, secondDevice} {
		_ = os.Remove(a.profile(device)) // only a killed run leaves one
	}
}
