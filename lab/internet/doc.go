// Package internet is what the lab's Internet has to offer: a web server that
// tells its callers their own addresses, a DNS server for all names that there
// are, and a sink for datagrams. All of them remember their callers, and serve every caller.
package internet
