package pricing

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"tripvpn/lab/cloud/apierror"
)

// endpoints are the regions in which the price list answers.
// https://docs.aws.amazon.com/general/latest/gr/billing.html
var endpoints = []string{"us-east-1", "eu-central-1", "ap-south-1"}

// List is the price list as one account sees it. It may be used by several
// goroutines at once.
type List struct {
	caller   string
	products []product

	mu     sync.Mutex
	denied bool
}

// Filter matches the products whose field has the value. A field is an attribute,
// or "productFamily".
type Filter struct {
	Field string
	Value string
}

// New opens the price list for a caller, by its ARN.
func New(caller string) *List { return &List{caller: caller, products: testData()} }

// Deny takes the permission pricing:GetProducts from the caller.
func (l *List) Deny() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.denied = true
}

// GetProducts asks the endpoint of a region for the products of a service that
// match all filters. They are JSON.
func (l *List) GetProducts(region, service string, filters []Filter) ([]string, error) {
	if !slices.Contains(endpoints, region) {
		return nil, fmt.Errorf("request send failed: dial tcp: lookup api.pricing.%s.amazonaws.com: no such host", region)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.denied {
		return nil, apierror.New("AccessDeniedException", "User: %s is not authorized to perform: pricing:GetProducts "+
			"because no identity-based policy allows the pricing:GetProducts action", l.caller)
	}
	var found []string
	for _, p := range l.products {
		if p.ServiceCode != service || !p.matches(filters) {
			continue
		}
		text, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		found = append(found, string(text))
	}
	return found, nil
}
