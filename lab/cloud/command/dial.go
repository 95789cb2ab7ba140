package command

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/retry"
	"golang.org/x/crypto/ssh"
)

// dial connects to the host, and tries again after each failure, waiting
// longer each time (pulumi/sdk, go/common/util/retry), until dialErrorLimit
// tries after the first have failed. The client is closed when ctx ends.
func (c *Connection) dial(ctx context.Context) (*ssh.Client, error) {
	config, err := c.clientConfig()
	if err != nil {
		return nil, err
	}
	var client *ssh.Client
	accepted, _, err := retry.Until(ctx, retry.Acceptor{Accept: func(retries int, _ time.Duration) (bool, any, error) {
		var err error
		if client, err = c.dialOnce(ctx, config); err == nil {
			return true, nil, nil
		}
		if *c.DialErrorLimit >= 0 && retries >= *c.DialErrorLimit {
			return false, nil, fmt.Errorf("after %d failed attempts: %w", retries, err)
		}
		p.GetLogger(ctx).InfoStatusf("Dial %d/%s failed: retrying", retries+1, c.limit())
		return false, nil, nil
	}})
	if err != nil {
		return nil, err
	}
	if !accepted {
		return nil, fmt.Errorf("connecting to %q: %w", c.address(), ctx.Err())
	}
	return client, nil
}

// dialOnce connects once. Its time-out is for the TCP connection only, as in
// the plugin, which waits for a silent server until it is cancelled.
func (c *Connection) dialOnce(ctx context.Context, config *ssh.ClientConfig) (*ssh.Client, error) {
	dialer := net.Dialer{Timeout: config.Timeout}
	conn, err := dialer.DialContext(ctx, "tcp", c.address())
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	inner, channels, requests, err := ssh.NewClientConn(conn, c.address(), config)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return ssh.NewClient(inner, channels, requests), nil
}

// clientConfig reads the keys. A pinned host key also decides the algorithm
// that is asked for, so that a host with several keys shows this one.
func (c *Connection) clientConfig() (*ssh.ClientConfig, error) {
	config := &ssh.ClientConfig{
		User:            *c.User,
		HostKeyCallback: ssh.InsecureIgnoreHostKey(),
		Timeout:         time.Duration(*c.PerDialTimeout) * time.Second,
	}
	if c.HostKey != nil {
		key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(*c.HostKey))
		if err != nil {
			return nil, fmt.Errorf("failed to parse host key: %w", err)
		}
		config.HostKeyCallback = ssh.FixedHostKey(key)
		config.HostKeyAlgorithms = []string{key.Type()}
	}
	if c.PrivateKey != nil {
		signer, err := ssh.ParsePrivateKey([]byte(*c.PrivateKey))
		if err != nil {
			return nil, err
		}
		config.Auth = []ssh.AuthMethod{ssh.PublicKeys(signer)}
	}
	return config, nil
}

func (c *Connection) address() string {
	return net.JoinHostPort(c.Host, strconv.Itoa(int(*c.Port)))
}

func (c *Connection) limit() string {
	if *c.DialErrorLimit < 0 {
		return "inf"
	}
	return strconv.Itoa(*c.DialErrorLimit)
}
