package vpn

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// oneProduct is a product in the form of the price list. Its prices are invented.
const oneProduct = `{
	"product": {
		"productFamily": "Data Transfer", "sku": "EXAMPLE000000001",
		"attributes": {"servicecode": "AWSDataTransfer", "transferType": "AWS Outbound", "fromRegionCode": "us-east-1", "toLocation": "External"}
	},
	"serviceCode": "AWSDataTransfer",
	"terms": {"OnDemand": {"EXAMPLE000000001.JRTCKXETXF": {
		"sku": "EXAMPLE000000001", "offerTermCode": "JRTCKXETXF", "effectiveDate": "2026-11-01T00:00:00Z", "termAttributes": {},
		"priceDimensions": {
			"EXAMPLE000000001.JRTCKXETXF.B": {"unit": "GB", "beginRange": "50", "endRange": "Inf", "pricePerUnit": {"USD": "0.0500000000"}, "appliesTo": []},
			"EXAMPLE000000001.JRTCKXETXF.A": {"unit": "GB", "beginRange": "0", "endRange": "50", "pricePerUnit": {"USD": "0.2000000000"}, "appliesTo": []}
		}
	}}},
	"version": "20261101000000", "publicationDate": "2026-11-01T00:00:00Z"
}`

func TestAPriceConsistsOfItsTiersInOrder(t *testing.T) {
	found, err := parsePrice(oneProduct, "GB")
	require.NoError(t, err)
	require.Equal(t, price{{0, 50, 0.2}, {50, math.Inf(1), 0.05}}, found)
}

func TestEachUnitCostsThePriceOfItsTier(t *testing.T) {
	tiers := price{{0, 50, 0.2}, {50, 80, 0.1}, {80, math.Inf(1), 0.05}}
	for units, want := range map[float64]float64{0: 0, 10: 2, 50: 10, 60: 11, 80: 13, 100: 14} {
		require.InDelta(t, want, tiers.of(units), 1e-9, "%v units", units)
	}
}

func TestAnIncompletePriceIsAnError(t *testing.T) {
	for name, bad := range map[string]struct{ from, to, want string }{
		"no JSON":          {"{", "", "invalid character"},
		"another unit":     {`"unit": "GB"`, `"unit": "Quantity"`, `a price per "Quantity" instead of "GB"`},
		"no dollars":       {`{"USD": "0.0500000000"}`, `{"CNY": "0.05"}`, `parsing ""`},
		"no number":        {`"0.2000000000"`, `"free"`, `parsing "free"`},
		"no first tier":    {`"beginRange": "0"`, `"beginRange": "1"`, "no price from 0 to 1 units"},
		"a gap":            {`"beginRange": "50"`, `"beginRange": "60"`, "no price from 50 to 60 units"},
		"no last tier":     {`"Inf"`, `"90"`, "no price beyond 90 units"},
		"not on demand":    {`"OnDemand"`, `"Reserved"`, "0 on-demand terms"},
		"no dimensions":    {`"priceDimensions"`, `"none"`, "no price beyond 0 units"},
		"not of this kind": {`"terms"`, `"none"`, "0 on-demand terms"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(oneProduct, bad.from, bad.to, 1)
			if bad.to == "" {
				text = text[1:]
			}
			require.NotEqual(t, oneProduct, text)
			_, err := parsePrice(text, "GB")
			require.ErrorContains(t, err, bad.want)
		})
	}
}
