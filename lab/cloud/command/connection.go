package command

import "github.com/pulumi/pulumi-go-provider/infer"

// Connection is the way to reach a host. All of it is secret in the state.
type Connection struct {
	Host           string   `pulumi:"host"`
	User           *string  `pulumi:"user,optional"` // default root
	Port           *float64 `pulumi:"port,optional"` // default 22
	PrivateKey     *string  `pulumi:"privateKey,optional" provider:"secret"`
	HostKey        *string  `pulumi:"hostKey,optional"`        // authorized_keys form; without it any key is trusted
	DialErrorLimit *int     `pulumi:"dialErrorLimit,optional"` // default 10; -1 is no limit
	PerDialTimeout *int     `pulumi:"perDialTimeout,optional"` // seconds, default 15; 0 is no limit
}

// Annotate sets the defaults.
func (c *Connection) Annotate(a infer.Annotator) {
	a.SetToken("remote", "Connection")
	a.SetDefault(&c.User, "root")
	a.SetDefault(&c.Port, 22)
	a.SetDefault(&c.DialErrorLimit, 10)
	a.SetDefault(&c.PerDialTimeout, 15)
}
