// Package world is the whole lab in one piece: an account at a cloud, an
// Internet with a web server and a name server, the program's stack, and
// travellers. It puts the other packages together and adds nothing of its own.
package world

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"go.yaml.in/yaml/v3"

	"tripvpn/infra/config"
	"tripvpn/infra/vpn"
	"tripvpn/lab/cloud/bridge"
	"tripvpn/lab/cloud/command"
	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/cloud/serve"
	"tripvpn/lab/cloud/tls"
	"tripvpn/lab/fabric"
	"tripvpn/lab/fabric/operator"
	"tripvpn/lab/internet"
	"tripvpn/lab/machine"
	"tripvpn/lab/site"
	"tripvpn/lab/stack"
)

// Options are the parts of a world.
type Options struct {
	Root     string       // the checkout
	CLI      string       // path of the Pulumi CLI
	Log      io.Writer    // all output of CLI and engine
	Progress func(string) // gets a line for each slow step

	// Optional
	Virtual    func(region string) bool // whether a region's hosts are virtual machines (by default all are containers)
	Offloading bool                     // virtual machines have an image with what the kernel's data path needs
}

// Zone is the hosted zone that the account has already.
const Zone = "example.org"

// World is a running lab. A process has one, inside the operator's namespace.
type World struct {
	Site  *site.Site
	Cloud *ec2.Cloud
	Web   *internet.Web
	DNS   *internet.DNS
	Sink  *internet.Sink

	// Objects contains a folder for each S3 bucket. cloud/s3/gateway serves it.
	Objects string

	replier *internet.Replier

	Now    func() time.Time // the operator's clock
	Egress netip.Addr       // the operator's address, as AWS sees it

	options Options
}

// Open starts a world with nothing in it yet.
func Open(ctx context.Context, o Options) (*World, error) {
	place, err := site.New(ctx, o.Progress)
	if err != nil {
		return nil, err
	}
	place.Virtual, place.Offloading = o.Virtual, o.Offloading
	if err := place.Prepare(ctx, "debian-13"); err != nil {
		return nil, err
	}
	objects := filepath.Join(operator.DiskFolder, "objects")
	if err := os.MkdirAll(objects, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of S3: %w", err)
	}
	cloud := ec2.New(place, ec2.Options{
		Addresses: func(region string) netip.Prefix { return addresses(place, region).Elastic },
		Networks6: func(region string) netip.Prefix { return addresses(place, region).IPv6 },
		Zones:     []string{Zone},
		Objects:   objects,
	})
	web, err := site.Web(ctx)
	if err != nil {
		return nil, err
	}
	dns, err := site.DNS(ctx, names(cloud.Zones()))
	if err != nil {
		return nil, errors.Join(err, web.Close())
	}
	sink, err := site.Sink(ctx)
	if err != nil {
		return nil, errors.Join(err, web.Close(), dns.Close())
	}
	replier, err := site.Replier(ctx)
	if err != nil {
		return nil, errors.Join(err, web.Close(), dns.Close(), sink.Close())
	}
	return &World{Site: place, Cloud: cloud, Web: web, DNS: dns, Sink: sink, replier: replier, Objects: objects,
		Now: time.Now, Egress: fabric.OperatorAddress, options: o}, nil
}

// Close stops the servers on the Internet. Machines and networks end with the
// lab.
func (w *World) Close() error {
	return errors.Join(w.Web.Close(), w.DNS.Close(), w.Sink.Close(), w.replier.Close())
}

// addresses are a region's. A region for which there is no room gets none, and
// the cloud refuses to hand one out.
func addresses(place *site.Site, region string) fabric.Addresses {
	a, err := place.Addresses(region)
	if err != nil {
		return fabric.Addresses{}
	}
	return a
}

// Settings are the worked example's. Where all hosts are containers, it is on an instance
// of this machine's own architecture, because containers run on this machine's processor.
func (w *World) Settings() (map[string]any, error) {
	path := filepath.Join(w.options.Root, "Pulumi.dev.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the worked example: %w", err)
	}
	var file struct {
		Config map[string]any `yaml:"config"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("reading the worked example %q: %w", path, err)
	}
	settings := map[string]any{}
	if w.options.Virtual == nil {
		settings["instanceType"] = InstanceType()
	}
	for key, value := range file.Config {
		settings[strings.TrimPrefix(key, "tripvpn:")] = value
	}
	return settings, nil
}

// InstanceType is the cheapest type that this machine can run.
func InstanceType() string {
	if runtime.GOARCH == "arm64" {
		return "t4g.nano"
	}
	return "t3.nano"
}

// NewStack makes a stack of the real program, in the lab's environment.
func (w *World) NewStack(ctx context.Context, name string, settings map[string]any) (*stack.Stack, error) {
	var made *stack.Stack
	program := vpn.Program(vpn.Env{
		EgressAddress: func(context.Context) (netip.Addr, error) { return w.Egress, nil },
		ExportStack:   func(ctx *pulumi.Context) ([]byte, error) { return made.Export(ctx.Context()) },
		HostBinary: func(ctx context.Context, a config.Architecture) (vpn.Binary, error) {
			return vpn.BuildBinary(ctx, w.options.Root, a)
		},
		Now:            func() time.Time { return w.Now() },
		DialErrorLimit: w.dialErrorLimit(),
	})
	made, err := w.stack(ctx, name, settings, program)
	return made, err
}

// NewStackOf makes a stack of another program, to measure what
// an operation costs the engine by itself.
func (w *World) NewStackOf(ctx context.Context, name string, program pulumi.RunFunc) (*stack.Stack, error) {
	return w.stack(ctx, name, nil, program)
}

// dialErrorLimit gives a container, which boots in seconds, half a minute, and a virtual
// machine what infra/main.go gives an instance: the pauses between attempts grow from a
// tenth of a second to five.
func (w *World) dialErrorLimit() int {
	if w.options.Virtual == nil {
		return 16
	}
	return 45
}

func (w *World) stack(ctx context.Context, name string, settings map[string]any, program pulumi.RunFunc) (*stack.Stack, error) {
	return stack.New(ctx, stack.Options{
		CLI:      w.options.CLI,
		Folder:   filepath.Join(operator.DiskFolder, "stacks", name),
		Project:  filepath.Join(w.options.Root, "Pulumi.yaml"),
		Settings: settings,
		Program:  program,
		Plugins:  w.Plugins,
		Log:      w.options.Log,
	})
}

// Plugins are the stand-ins: always the cloud's, and the others if the real
// plugin is not installed.
func (w *World) Plugins() []serve.Plugin {
	optional := serve.Missing("",
		serve.Plugin{Name: tls.Name, Version: tls.Version, New: tls.Provider},
		serve.Plugin{Name: command.Name, Version: command.Version, New: command.Provider},
	)
	return append(optional, serve.Plugin{
		Name: "aws", Version: bridge.Version, New: func() p.Provider { return bridge.Provider(w.Cloud) },
	})
}

// Host is the one machine that the account has in a region, to look inside.
func (w *World) Host(region string) (*machine.Machine, error) {
	for _, line := range w.Cloud.Inventory() {
		if id, ok := strings.CutPrefix(line, region+" "); ok && strings.HasPrefix(id, "i-") {
			return w.Site.Machine(id)
		}
	}
	return nil, fmt.Errorf("looking for an instance in region %q: there is none", region)
}

// Leftovers lists what must not remain of a destroyed world: resources of the
// account, and machines on disk.
func (w *World) Leftovers() ([]string, error) {
	left := w.Cloud.Inventory()
	ids, err := machines()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		left = append(left, "machine "+id)
	}
	return left, nil
}

// RemoveMachines terminates all machines, those that no stack knows as well.
func (w *World) RemoveMachines(ctx context.Context) error {
	ids, err := machines()
	for _, id := range ids {
		err = errors.Join(err, w.Site.Terminate(ctx, "", id))
	}
	return err
}

// machines lists the instance IDs of the machines on disk.
func machines() ([]string, error) {
	disks, err := os.ReadDir(filepath.Join(operator.DiskFolder, "machines"))
	if err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("looking for machines that are left: %w", err)
	}
	var ids []string
	for _, disk := range disks {
		ids = append(ids, disk.Name())
	}
	return ids, nil
}

// Where datagrams are counted by their source, over IPv4 and IPv6.
var (
	Sink  = netip.AddrPortFrom(fabric.Web, internet.SinkPort)
	Sink6 = netip.AddrPortFrom(fabric.Web6, internet.SinkPort)
)

// Where a datagram asks for an answer of some size, over IPv4 and IPv6.
var (
	Replier  = netip.AddrPortFrom(fabric.Web, internet.ReplierPort)
	Replier6 = netip.AddrPortFrom(fabric.Web6, internet.ReplierPort)
)

// WebName is the web server's name.
const WebName = "web.example.net"

// The page that shows the asker's address, over IPv4, over IPv6 and by name, the one
// that does not end, and the one for measuring.
var (
	NamedPage    = "http://" + WebName + "/address"
	ZerosPage    = "http://" + fabric.Web.String() + "/zeros"
	ZerosPage6   = "http://[" + fabric.Web6.String() + "]/zeros"
	StreamPage   = "http://" + fabric.Web.String() + "/stream"
	AddressPage  = "http://" + fabric.Web.String() + "/address"
	AddressPage6 = "http://[" + fabric.Web6.String() + "]/address"
)
