package bridge

import (
	"context"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"

	"tripvpn/lab/cloud/pricing"
)

// GetProduct is aws:pricing/getProduct:getProduct.
type GetProduct struct{}

// GetProductArgs are its arguments.
type GetProductArgs struct {
	Filters     []ProductFilter `pulumi:"filters"`
	ServiceCode string          `pulumi:"serviceCode"`
}

// ProductFilter is a filter of the price list.
type ProductFilter struct {
	Field string `pulumi:"field"`
	Value string `pulumi:"value"`
}

// GetProductResult is its result.
type GetProductResult struct {
	GetProductArgs
	Result string `pulumi:"result"` // JSON
}

// Annotate names the function.
func (GetProduct) Annotate(a infer.Annotator) { a.SetToken("pricing/getProduct", "getProduct") }

// Invoke calls GetProducts at the endpoint of the provider's region. It is an
// error if there is not exactly one product
// (internal/service/pricing/product_data_source.go).
func (GetProduct) Invoke(
	ctx context.Context, req infer.FunctionRequest[GetProductArgs],
) (infer.FunctionResponse[GetProductResult], error) {
	config := infer.GetConfig[*Config](ctx)
	product, err := findProduct(config.cloud.Prices(), config.Region, req.Input)
	return answer(GetProductResult{req.Input, product}, err)
}

func findProduct(prices *pricing.List, region string, args GetProductArgs) (string, error) {
	if len(args.Filters) == 0 {
		return "", unsupported("a query of the price list without filters; upstream requires one")
	}
	var filters []pricing.Filter
	for _, f := range args.Filters {
		filters = append(filters, pricing.Filter(f))
	}
	found, err := prices.GetProducts(region, args.ServiceCode, filters)
	switch {
	case err != nil:
		return "", fmt.Errorf("reading Pricing Products: %w", err)
	case len(found) == 0:
		//lint:ignore ST1005 the provider's own words
		return "", errors.New("Pricing product query did not return any elements")
	case len(found) > 1:
		//lint:ignore ST1005 the provider's own words
		return "", fmt.Errorf("Pricing product query not precise enough. Returned %d elements", len(found))
	}
	return found[0], nil
}
