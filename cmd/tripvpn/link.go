package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"tripvpn/internal/handover"
	"tripvpn/internal/link"
	"tripvpn/internal/outputs"
	"tripvpn/internal/qrcode"
)

// store opens the stack's bucket for pages.
func (f *handOverFlags) store(ctx context.Context) (link.Store, outputs.Outputs, error) {
	all, err := f.stack.Read(ctx)
	if err != nil {
		return link.Store{}, outputs.Outputs{}, err
	}
	if all.HandOver.Bucket == "" {
		return link.Store{}, outputs.Outputs{}, errors.New(
			"the stack has no bucket for links; create it: pulumi config set tripvpn:handOver true && pulumi up")
	}
	store, err := link.Open(ctx, all.HandOver.Bucket, all.HandOver.Region)
	return store, all, err
}

// lend stores the page of a device, and the profile for one tap, and prints the page's
// address. The key of the page is only in what it prints.
func (f *handOverFlags) lend(ctx context.Context, device string, stdout, stderr io.Writer) error {
	store, all, err := f.store(ctx)
	if err != nil {
		return err
	}
	profile, err := f.profile(ctx, all, device)
	if err != nil {
		return err
	}
	now := time.Now()
	l := link.Link{Device: device, Content: link.Page, Fingerprint: all.Profiles[device], End: store.End(now, f.duration)}
	page, err := store.Sign(ctx, l, now)
	if err != nil {
		return err
	}
	var unsealed link.Loan
	if f.oneTap {
		l.Content = link.Profile
		if unsealed, err = store.Sign(ctx, l, now); err != nil {
			return err
		}
	}
	key := newKey()
	h, err := handover.NewLinked(device, profile, all, key, unsealed.Address)
	if err != nil {
		return err
	}
	if err := h.CheckAt(now); err != nil {
		return err
	}
	if err := store.Lend(ctx, page, h.Page); err != nil {
		return err
	}
	if f.oneTap {
		if err := store.Lend(ctx, unsealed, []byte(profile.Text())); err != nil {
			return err
		}
	}
	old, errOld := store.Withdraw(ctx, device, h.Fingerprint)
	if old > 0 {
		fmt.Fprintf(stderr, "withdrawn: %d addresses of %s with an old profile\n", old, device)
	}
	return errors.Join(errOld, f.printLink(h, page.Link, page.Address+"#"+key, stdout, stderr))
}

// printLink prints the link to a page, with its key.
func (f *handOverFlags) printLink(h handover.HandOver, l link.Link, address string, stdout, stderr io.Writer) error {
	message, err := h.LinkMessage(address, l.End)
	if err != nil {
		return err
	}
	if f.json {
		return encode(stdout, struct {
			link.Link
			Address string `json:"address"`
			Message string `json:"message"`
		}{l, address, message})
	}
	_, errSummary := fmt.Fprintf(stderr, "the link for %s, profile %s, works until %s\n\n",
		l.Device, l.Fingerprint, l.End.Format(time.RFC3339))
	var errCode error
	if f.qr {
		errCode = showCode(address, stderr)
	}
	_, errAdvice := io.WriteString(stderr, "Send this message; its address is a secret:\n\n")
	_, errMessage := io.WriteString(stdout, message)
	return errors.Join(errSummary, errCode, errAdvice, errMessage)
}

// showCode shows an address as a QR code.
func showCode(address string, stderr io.Writer) error {
	drawing, columns, err := qrcode.Draw(address)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stderr, "Scan this with the camera of the device. The terminal must be %d columns wide:\n\n%s\n", columns, drawing)
	return err
}

// newKey returns a random key of 256 bits, as it can stand in an address.
func newKey() string {
	var key [32]byte
	rand.Read(key[:]) // never fails: it ends the process instead
	return base64.RawURLEncoding.EncodeToString(key[:])
}

// listedLink is a line of the list.
type listedLink struct {
	link.Link
	State string `json:"state"`
}

// listLinks prints the links, and which are due to be replaced.
func (f *handOverFlags) listLinks(ctx context.Context, stdout io.Writer) error {
	store, all, err := f.store(ctx)
	if err != nil {
		return err
	}
	links, err := store.List(ctx)
	if err != nil {
		return err
	}
	listed := []listedLink{}
	for _, l := range links {
		listed = append(listed, listedLink{l, stateOf(l, all, time.Now())})
	}
	if f.json {
		return encode(stdout, listed)
	}
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "DEVICE\tCONTENT\tPROFILE\tUNTIL\tSTATE")
	for _, l := range listed {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", l.Device, l.Content, l.Fingerprint, l.End.Format(time.RFC3339), l.State)
	}
	return table.Flush()
}

// stateOf tells whether a link works, and has the present profile.
func stateOf(l link.Link, all outputs.Outputs, now time.Time) string {
	present, known := all.Profiles[l.Device]
	switch {
	case !now.Before(l.End):
		return "ended"
	case !known:
		return "works, but the device is no longer admitted"
	case present != l.Fingerprint:
		return "works, but has an old profile"
	}
	return "works"
}

// withdrawLinks withdraws the links of a device, also of one that is no longer in the stack.
func (f *handOverFlags) withdrawLinks(ctx context.Context, device string, stderr io.Writer) error {
	store, _, err := f.store(ctx)
	if err != nil {
		return err
	}
	number, err := store.Withdraw(ctx, device, "")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stderr, "withdrawn: %d addresses of %s\n", number, device)
	return err
}

// encode prints a value as JSON.
func encode(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
