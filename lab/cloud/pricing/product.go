package pricing

import "fmt"

// product is a product in the form of the price list.
// https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html
type product struct {
	Product         description     `json:"product"`
	ServiceCode     string          `json:"serviceCode"`
	Terms           map[string]term `json:"terms"` // "OnDemand"
	Version         string          `json:"version"`
	PublicationDate string          `json:"publicationDate"`
}

type description struct {
	ProductFamily string            `json:"productFamily,omitempty"`
	Attributes    map[string]string `json:"attributes"`
	SKU           string            `json:"sku"`
}

type term map[string]offer // by SKU and offer

type offer struct {
	PriceDimensions map[string]dimension `json:"priceDimensions"` // by SKU, offer and rate
	SKU             string               `json:"sku"`
	EffectiveDate   string               `json:"effectiveDate"`
	OfferTermCode   string               `json:"offerTermCode"`
	TermAttributes  map[string]string    `json:"termAttributes"`
}

type dimension struct {
	Unit         string            `json:"unit"`
	BeginRange   string            `json:"beginRange"`
	EndRange     string            `json:"endRange"`
	Description  string            `json:"description"`
	AppliesTo    []string          `json:"appliesTo"`
	RateCode     string            `json:"rateCode"`
	PricePerUnit map[string]string `json:"pricePerUnit"`
}

// rate is the price in US dollars of each unit from begin to end.
type rate struct {
	begin, end string
	usd        float64
}

// flat is the same price for every unit.
func flat(usd float64) []rate { return []rate{{"0", "Inf", usd}} }

const (
	onDemand  = "JRTCKXETXF" // the code of every offer on demand
	published = "2026-11-01T00:00:00Z"
)

func newProduct(sku, service, family, unit string, attributes map[string]string, rates []rate) product {
	attributes["servicecode"] = service
	code := sku + "." + onDemand
	dimensions := map[string]dimension{}
	for i, r := range rates {
		rateCode := fmt.Sprintf("%s.TIER%06d", code, i+1)
		dimensions[rateCode] = dimension{
			Unit: unit, BeginRange: r.begin, EndRange: r.end, RateCode: rateCode, AppliesTo: []string{},
			Description:  fmt.Sprintf("$%v per %s (test data)", r.usd, unit),
			PricePerUnit: map[string]string{"USD": fmt.Sprintf("%.10f", r.usd)},
		}
	}
	return product{
		Product:     description{ProductFamily: family, Attributes: attributes, SKU: sku},
		ServiceCode: service,
		Terms: map[string]term{"OnDemand": {code: offer{
			PriceDimensions: dimensions, SKU: sku, EffectiveDate: published, OfferTermCode: onDemand, TermAttributes: map[string]string{},
		}}},
		Version: "20261101000000", PublicationDate: published,
	}
}

func (p product) matches(filters []Filter) bool {
	for _, f := range filters {
		value, known := p.Product.Attributes[f.Field]
		if f.Field == "productFamily" {
			value, known = p.Product.ProductFamily, p.Product.ProductFamily != ""
		}
		if !known || value != f.Value {
			return false
		}
	}
	return true
}
