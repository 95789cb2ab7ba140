package vpn

import (
	_ "embed"

	"github.com/pulumi/pulumi-command/sdk/go/command/remote"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/internal/spec"
)

const hostType = "tripvpn:vpn:Host"

// Host is the setup of the machine over SSH: packages and binary, a reboot if they bring
// another kernel, then network, then VPN. The last step verifies that the server answers, so
// a resource that depends on it waits for a working VPN.
type Host struct {
	pulumi.ResourceState

	Verified pulumi.CustomResource // once it exists, the server works

	name string
	args HostArgs
}

// HostArgs are the arguments of NewHost.
type HostArgs struct {
	// Required
	Server         *Server
	Binary         Binary              // for the server's architecture
	Network        pulumi.StringOutput // spec of only the network, JSON
	DialErrorLimit int                 // connection attempts to a host that does not answer

	// Optional
	Backports bool // OpenVPN and the kernel come from Debian's backports (by default they are the image's)

	// Secret
	AdminKey pulumi.StringOutput // SSH private key, OpenSSH form
	VPN      pulumi.StringOutput // the whole spec, JSON
}

//go:embed packages.sh
var installPackages string

//go:embed backports.sh
var installBackports string

//go:embed reboot.sh
var reboot string

// uploadPath is in the login user's home. installBinary copies from there. Without sync(1),
// a power cut in the next half minute would leave an empty file, which no later update
// would replace.
const (
	uploadPath    = "tripvpn-bootstrap"
	installBinary = "sudo install -m 0755 tripvpn-bootstrap /usr/local/sbin/tripvpn-bootstrap && " +
		"sudo sync /usr/local/sbin/tripvpn-bootstrap"
	applySpec = "sudo /usr/local/sbin/tripvpn-bootstrap apply -spec -"
)

// NewHost sets up the machine called name as its specs require.
func NewHost(ctx *pulumi.Context, name string, args HostArgs) (*Host, error) {
	h := &Host{name: name, args: args}
	if err := ctx.RegisterComponentResource(hostType, name, h); err != nil {
		return nil, err
	}
	packages, err := h.newCommand(ctx, "packages", &remote.CommandArgs{
		Create: pulumi.String(h.packages()), Triggers: h.machine(),
	}, args.Server.Ready...)
	if err != nil {
		return nil, err
	}
	upload, err := h.newUpload(ctx)
	if err != nil {
		return nil, err
	}
	install, err := h.newCommand(ctx, "binary", &remote.CommandArgs{
		Create: pulumi.String(installBinary), Triggers: h.machineAndBinary(),
	}, upload)
	if err != nil {
		return nil, err
	}
	installed := []pulumi.Resource{packages, install}
	if args.Backports {
		rebooted, err := h.newCommand(ctx, "reboot", &remote.CommandArgs{
			Create: pulumi.String(reboot), Triggers: h.machine(),
		}, installed...)
		if err != nil {
			return nil, err
		}
		installed = []pulumi.Resource{rebooted}
	}
	network, err := h.newCommand(ctx, "network", &remote.CommandArgs{
		Create: pulumi.String(applySpec), Stdin: args.Network, Triggers: h.machineAndBinary(),
	}, installed...)
	if err != nil {
		return nil, err
	}
	h.Verified, err = h.newCommand(ctx, "vpn", &remote.CommandArgs{
		Create: pulumi.String(applySpec), Stdin: pulumi.ToSecret(args.VPN).(pulumi.StringOutput), Triggers: h.machineAndBinary(),
	}, network)
	if err != nil {
		return nil, err
	}
	return h, ctx.RegisterResourceOutputs(h, pulumi.Map{})
}

// packages is the script that installs packages.
func (h *Host) packages() string {
	if h.args.Backports {
		return installPackages + installBackports
	}
	return installPackages
}

// newCommand runs a command on the host, after the given resources. The command's
// output is not logged; if the command fails, the error contains it.
func (h *Host) newCommand(ctx *pulumi.Context, role string, args *remote.CommandArgs, after ...pulumi.Resource) (*remote.Command, error) {
	args.Connection = h.connection()
	args.Logging = remote.LoggingNone
	args.AddPreviousOutputInEnv = pulumi.Bool(false)
	return remote.NewCommand(ctx, h.name+"-"+role, args, h.options(after...)...)
}

func (h *Host) newUpload(ctx *pulumi.Context) (*remote.CopyToRemote, error) {
	return remote.NewCopyToRemote(ctx, h.name+"-upload", &remote.CopyToRemoteArgs{
		Connection: h.connection(),
		Source:     pulumi.NewFileAsset(h.args.Binary.Path),
		RemotePath: pulumi.String(uploadPath),
		Triggers:   h.machine(),
	}, h.options(h.args.Server.Ready...)...)
}

// machine is the trigger that re-runs everything on a new instance.
func (h *Host) machine() pulumi.Array { return pulumi.Array{h.args.Server.Instance.ID()} }

// machineAndBinary is the trigger of the commands that use the host binary. The
// upload does not need it, because a changed source re-runs the upload.
func (h *Host) machineAndBinary() pulumi.Array {
	return append(h.machine(), pulumi.String(h.args.Binary.SHA256))
}

// options include DeletedWith, so that a destroy does not dial the host.
func (h *Host) options(after ...pulumi.Resource) []pulumi.ResourceOption {
	return []pulumi.ResourceOption{
		pulumi.Parent(h),
		pulumi.DependsOn(after),
		pulumi.DeletedWith(h.args.Server.Instance),
	}
}

// connection pins the host key from the user data, so that even the first
// connection is authenticated.
func (h *Host) connection() remote.ConnectionArgs {
	return remote.ConnectionArgs{
		Host:           h.args.Server.Address,
		User:           pulumi.String(spec.LoginUser),
		PrivateKey:     pulumi.ToSecret(h.args.AdminKey).(pulumi.StringOutput),
		HostKey:        h.args.Server.HostKey,
		DialErrorLimit: pulumi.Int(h.args.DialErrorLimit),
		PerDialTimeout: pulumi.Int(10), // seconds
	}
}
