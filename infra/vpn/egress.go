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

// addressService is Amazon's own: it answers with the caller's IPv4 address.
const addressService = "https://checkip.amazonaws.com"

// EgressAddress returns the public IPv4 address that this machine's traffic
// leaves with, as AWS sees it.
func EgressAddress(ctx context.Context) (netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, addressService, nil)
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
		return netip.Addr{}, fmt.Errorf("asking %s for this machine's own address: %w", addressService, err)
	}
	return parseAddress(response.StatusCode, string(body))
}

func parseAddress(status int, body string) (netip.Addr, error) {
	address, err := netip.ParseAddr(strings.TrimSpace(body))
	if status != http.StatusOK || err != nil || !address.Is4() {
		return netip.Addr{}, fmt.Errorf("asking %s for this machine's own address: it answered %d %q", addressService, status, body)
	}
	return address, nil
}
