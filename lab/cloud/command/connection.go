package command

import (
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// Connection says how to reach a host. All of it is secret in the state.
type Connection struct {
	Host           string   `pulumi:"host"`
	User           *string  `pulumi:"user,optional"` // default root
	Port           *float64 `pulumi:"port,optional"` // default 22
	PrivateKey     *string  `pulumi:"privateKey,optional" provider:"secret"`
	HostKey        *string  `pulumi:"hostKey,optional"`        // authorized_keys form; without it any key is trusted
	DialErrorLimit *int     `pulumi:"dialErrorLimit,optional"` // default 10; -1 is no limit
	PerDialTimeout *int     `pulumi:"perDialTimeout,optional"` // seconds, default 15; 0 is no limit

	// Not supported, and named so that they can be refused.
	Password           *string        `pulumi:"password,optional" provider:"secret"`
	PrivateKeyPassword *string        `pulumi:"privateKeyPassword,optional" provider:"secret"`
	AgentSocketPath    *string        `pulumi:"agentSocketPath,optional"`
	Proxy              map[string]any `pulumi:"proxy,optional"`
}

// Annotate sets the defaults.
func (c *Connection) Annotate(a infer.Annotator) {
	a.SetToken("remote", "Connection")
	a.SetDefault(&c.User, "root")
	a.SetDefault(&c.Port, 22)
	a.SetDefault(&c.DialErrorLimit, 10)
	a.SetDefault(&c.PerDialTimeout, 15)
}

// unsupported refuses what the stand-in would otherwise ignore.
func (c *Connection) unsupported() []p.CheckFailure {
	if c == nil {
		return nil
	}
	var failures []p.CheckFailure
	refuse := func(set bool, property string) {
		if set {
			failures = append(failures, p.CheckFailure{
				Property: "connection." + property,
				Reason:   "the stand-in for the command plugin does not support " + property + ": connect with a privateKey, or install the plugin",
			})
		}
	}
	refuse(c.Password != nil, "password")
	refuse(c.PrivateKeyPassword != nil, "privateKeyPassword")
	refuse(c.AgentSocketPath != nil, "agentSocketPath")
	refuse(c.Proxy != nil, "proxy")
	return failures
}
