package site

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/netns"
	"tripvpn/lab/fabric/operator"
	"tripvpn/lab/image"
	"tripvpn/lab/image/apt"
	"tripvpn/lab/image/mirror"
	"tripvpn/lab/repo"
)

// programs are what the machine must have installed, besides what the fabric
// needs.
var programs = []string{"systemd-nspawn", "debootstrap", "apt-config", "mount"}

// Missing returns an error that lists what this computer lacks for a lab, or nil.
func Missing() error { return operator.Missing(programs...) }

// ServePackages starts the package proxy. It must be called where the
// archive can be reached, with the backbone raised: the proxy's one foot is
// out here, and the other on the lab's Internet.
func ServePackages() (stop func(), err error) {
	ctx := context.Background()
	debian, settings, err := debian(ctx)
	if err != nil {
		return nil, err
	}
	cache, err := repo.Cache()
	if err != nil {
		return nil, err
	}
	listener, err := netns.Listen(ctx, fabric.Internet, "tcp", fabric.PackageProxy.String())
	if err != nil {
		return nil, fmt.Errorf("starting the package proxy: %w", err)
	}
	server := &http.Server{
		Handler:           mirror.New(debian.Archive, settings, filepath.Join(cache, "packages")),
		ReadHeaderTimeout: 10 * time.Second,
	}
	go server.Serve(listener)
	return func() { server.Close() }, nil
}

// debian finds out where this computer gets Debian from.
func debian(ctx context.Context) (image.Debian, apt.Settings, error) {
	archive, err := apt.Load(os.DirFS("/"))
	if err != nil {
		return image.Debian{}, nil, err
	}
	settings, err := apt.ReadSettings(ctx)
	if err != nil {
		return image.Debian{}, nil, err
	}
	return image.Debian{Archive: archive, Lenient: settings.Lenient(), Proxy: fabric.PackageProxy}, settings, nil
}
