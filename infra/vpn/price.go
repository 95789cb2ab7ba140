package vpn

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// price is the on-demand price of a product in US dollars per unit. It consists
// of tiers in the order of use: the first begins at 0, and each begins where the
// one before it ends.
type price []tier

// tier is the price of each unit from begin to end; the last tier's end is
// infinite.
type tier struct {
	begin, end float64
	usd        float64
}

// of returns the price of the first units.
func (p price) of(units float64) float64 {
	var usd float64
	for _, t := range p {
		usd += max(0, min(units, t.end)-t.begin) * t.usd
	}
	return usd
}

// product is the part of a price list's product that a price consists of.
// https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html
type product struct {
	Terms struct {
		OnDemand map[string]struct {
			PriceDimensions map[string]struct {
				Unit                 string
				BeginRange, EndRange string // units; the last end is "Inf"
				PricePerUnit         map[string]string
			}
		}
	}
}

// parsePrice reads the on-demand price of a product in the form of the price list,
// JSON. It is an error if the product has no price in US dollars for each number
// of the unit, which is spelled as the price list does ("Hrs").
func parsePrice(text, unit string) (price, error) {
	var p product
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return nil, err
	}
	if len(p.Terms.OnDemand) != 1 {
		return nil, fmt.Errorf("%d on-demand terms instead of one", len(p.Terms.OnDemand))
	}
	var tiers price
	for _, term := range p.Terms.OnDemand {
		for _, d := range term.PriceDimensions {
			if d.Unit != unit {
				return nil, fmt.Errorf("a price per %q instead of %q", d.Unit, unit)
			}
			t, err := parseTier(d.BeginRange, d.EndRange, d.PricePerUnit["USD"])
			if err != nil {
				return nil, err
			}
			tiers = append(tiers, t)
		}
	}
	slices.SortFunc(tiers, func(a, b tier) int { return cmp.Compare(a.begin, b.begin) })
	return tiers, tiers.complete()
}

func parseTier(begin, end, usd string) (tier, error) {
	var t tier
	var problems [3]error
	t.begin, problems[0] = strconv.ParseFloat(begin, 64)
	t.end, problems[1] = strconv.ParseFloat(end, 64)
	t.usd, problems[2] = strconv.ParseFloat(usd, 64)
	return t, errors.Join(problems[:]...)
}

// complete returns an error unless the tiers cover every number of units.
func (p price) complete() error {
	var end float64
	for _, t := range p {
		if t.begin != end {
			return fmt.Errorf("no price from %v to %v units", end, t.begin)
		}
		end = t.end
	}
	if !math.IsInf(end, 1) {
		return fmt.Errorf("no price beyond %v units", end)
	}
	return nil
}
