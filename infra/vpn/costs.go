package vpn

import (
	"fmt"
	"strings"
	"time"
)

// hoursPerMonth is the length of a month in AWS's own estimates.
const hoursPerMonth = 730

// costs are the prices of a region's server.
type costs struct {
	region  string
	fixed   []quote // for a month of hoursPerMonth
	traffic quote   // of trafficGB to the Internet
}

// quote is the price of a part, or the reason why it is not known.
type quote struct {
	name    string // "the disk"
	usd     float64
	unknown string // "the price list has no entry"; empty if the price is known
}

// line describes the costs in one line. If the trip has a last day, it contains
// the price from now to the end of that day. A part without a known price is
// named, and so is a sum without it.
func (c costs) line(now, until time.Time) string {
	if reason, nothing := c.allUnknown(); nothing {
		return fmt.Sprintf("%s: the prices are not known (%s)", c.region, reason)
	}
	clauses := append(c.fixedClauses(now, until), c.trafficClause(), "before taxes")
	return c.region + ": " + strings.Join(clauses, "; ")
}

// allUnknown reports whether no price is known, all for the same reason.
func (c costs) allUnknown() (reason string, all bool) {
	for _, q := range c.fixed {
		if q.unknown != c.traffic.unknown {
			return "", false
		}
	}
	return c.traffic.unknown, c.traffic.unknown != ""
}

func (c costs) fixedClauses(now, until time.Time) []string {
	var clauses []string
	var monthly float64
	for _, q := range c.fixed {
		if q.unknown != "" {
			clauses = append(clauses, q.clause())
		}
		monthly += q.usd
	}
	switch len(clauses) {
	case 0:
		return []string{sums(monthly, now, until)}
	case len(c.fixed):
		return clauses
	}
	return append(clauses, "the rest of the server "+sums(monthly, now, until))
}

// sums returns a monthly price for a day, for a month, and until the end.
func sums(monthly float64, now, until time.Time) string {
	hourly := monthly / hoursPerMonth
	text := fmt.Sprintf("%.2f USD a day, %.2f USD a month", 24*hourly, monthly)
	if until.IsZero() {
		return text
	}
	lastDay := until.AddDate(0, 0, -1).Format(time.DateOnly)
	return fmt.Sprintf("%s, %.2f USD until %s", text, until.Sub(now).Hours()*hourly, lastDay)
}

func (c costs) trafficClause() string {
	if c.traffic.unknown != "" {
		return c.traffic.clause()
	}
	return fmt.Sprintf("%s %.2f USD", c.traffic.name, c.traffic.usd)
}

func (q quote) clause() string {
	return fmt.Sprintf("the price of %s is not known (%s)", q.name, q.unknown)
}
