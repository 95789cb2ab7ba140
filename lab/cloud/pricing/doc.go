// Package pricing is a stand-in for AWS's price list, with the products that the
// program asks for and some that its filters must exclude. It knows nothing of
// Pulumi. Its prices are test data, invented, and not AWS's.
//
// Differences from the real price list, all deliberate:
//
//   - It has the products of two regions, us-east-1 and eu-west-1, and in them
//     those of a few instance types.
//   - A product has the attributes that tell it from others, and no terms but the
//     one on demand.
//   - A filter matches a value exactly. A field that no product has matches none,
//     and a service that is not in the list has no products; how AWS answers these
//     is not known.
//   - There is one page of products.
package pricing
