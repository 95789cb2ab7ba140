package ec2

import (
	"context"
	"sync"
)

// stalls make calls of the provider last, for tests that kill what waits for them.
type stalls struct {
	mu      sync.Mutex
	waiting map[string]chan struct{} // by the type of the resource
}

// Stall makes the next creation of a resource of a type ("aws:ec2/instance:Instance")
// last, and only that: the account creates the resource, as AWS does within a second,
// and the provider does not return before its call is cancelled, as it waits up to a
// minute for an instance to run. If what waits for the call is killed meanwhile, the
// account has a resource that nobody knows. The channel is closed when the resource
// exists.
func (c *Cloud) Stall(resource string) (reached <-chan struct{}) {
	c.stalls.mu.Lock()
	defer c.stalls.mu.Unlock()
	created := make(chan struct{})
	c.stalls.waiting[resource] = created
	return created
}

// Created returns when the provider may return from the creation of a resource of
// a type: at once, or if it is to stall, when the call is cancelled.
func (c *Cloud) Created(ctx context.Context, resource string) error {
	c.stalls.mu.Lock()
	created, stalls := c.stalls.waiting[resource]
	delete(c.stalls.waiting, resource)
	c.stalls.mu.Unlock()
	if !stalls {
		return nil
	}
	close(created)
	<-ctx.Done()
	return ctx.Err()
}
