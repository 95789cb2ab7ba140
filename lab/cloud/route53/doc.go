// Package route53 is a stand-in for Amazon Route 53: the hosted zones of one
// account, kept in memory, as much of them as the program uses, and as strict
// as Route 53 where strictness catches our mistakes. It knows nothing of
// Pulumi and serves no DNS; a name server can ask it for the records.
//
// Every refusal carries Route 53's own error code.
//
// Differences from the real Route 53, all deliberate:
//
//   - A batch that is refused is refused for one reason, the first; Route 53 lists
//     all of them.
//   - A change is in force as soon as it is made, and nothing is throttled.
//   - The account's zones are there when it is opened, because an
//     operator brings one along. They are public, and none can be made or
//     deleted.
//   - A zone's own NS and SOA record sets are not among its record sets.
//   - There are record sets of the types A, AAAA and CNAME, with a list of values: no
//     aliases, no routing policies, no health checks. That a CNAME has one value is
//     not checked.
//   - The labels of a name are letters, digits, "-" and "_". There are no
//     wildcards and no escapes.
//   - A name is answered in lower case without a final dot, and a zone's id
//     without "/hostedzone/" before it.
//   - How many record sets a zone and how many values a record set may have is
//     not limited.
package route53
