// Package internet provides the servers on the lab's Internet: a web server
// that shows callers their own addresses, a DNS server for all names, and a
// sink for datagrams. All of them record their clients and refuse none.
package internet
