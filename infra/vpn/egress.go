package vpn

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// addressService is Amazon's service that returns the caller's IPv4 address.
const addressService = "https://checkip.amazonaws.com"

// EgressAddress returns the public IPv4 address of this machine's traffic, as
// AWS sees it. It waits at most ten seconds.
func EgressAddress(ctx context.Context) (netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return askForAddress(ctx, addressService)
}

// askForAddress returns the IPv4 address that the service at a URL answers with.
func askForAddress(ctx context.Context, service string) (netip.Addr, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, service, nil)
	if err != nil {
		return netip.Addr{}, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("asking for this machine's own address: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 64))
	if err != nil {
		return netip.Addr{}, fmt.Errorf("asking %s for this machine's own address: %w", service, err)
	}
	address, err := parseAddress(response.StatusCode, string(body))
	if err != nil {
		return netip.Addr{}, fmt.Errorf("asking %s for this machine's own address: %w", service, err)
	}
	return address, nil
}

func parseAddress(status int, body string) (netip.Addr, error) {
	address, err := netip.ParseAddr(strings.TrimSpace(body))
	if status != http.StatusOK || err != nil || !address.Is4() {
		return netip.Addr{}, fmt.Errorf("it answered %d %q", status, body)
	}
	return address, nil
}
