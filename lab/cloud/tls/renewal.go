package tls

import "time"

// renewsAtOnce reports whether a certificate made of these inputs is ready for
// renewal as soon as it is made. This is the value that is stored; it does not
// follow the clock (attribute_plan_modifier_bool/default_value.go).
func (a CertificateArgs) renewsAtOnce() bool {
	return a.ValidityPeriodHours == 0 || *a.withDefaults().EarlyRenewalHours >= a.ValidityPeriodHours
}

// renewalDue reports whether a certificate's time for early renewal has come.
// Then it is replaced, whatever the stored readyForRenewal says
// (common_cert.go, modifyPlanIfCertificateReadyForRenewal).
func (a CertificateArgs) renewalDue(state CertificateState, now time.Time) bool {
	end, err := time.Parse(time.RFC3339, state.ValidityEndTime)
	if err != nil {
		return false // not known, so not due
	}
	return !now.Before(end.Add(-hours(*a.withDefaults().EarlyRenewalHours)))
}

func hours(n int) time.Duration { return time.Duration(n) * time.Hour }
