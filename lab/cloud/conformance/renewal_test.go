package conformance

import (
	"fmt"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/require"
)

// aged is a certificate that has so much time left, as if the rest had passed:
// the providers know the time only from what the state says.
func (s state) aged(left time.Duration) state {
	outputs := s.outputs.Copy()
	outputs["validityEndTime"] = resource.NewStringProperty(time.Now().Add(left).UTC().Format(time.RFC3339Nano))
	s.outputs = outputs
	s.outputsOf += fmt.Sprintf(" with validityEndTime in %v", left)
	return s
}

// onCertificates runs a test with certificates of both kinds that are valid for
// a day and are renewed in its last hours.
func onCertificates(t *testing.T, earlyRenewalHours int, test func(t *testing.T, p *provider, typ tokens.Type, inputs object)) {
	t.Run("self-signed", func(t *testing.T) {
		onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
			inputs := rootArgs(newKey(t, p, p256)).with("validityPeriodHours", 24)
			test(t, p, selfSigned, inputs.with("earlyRenewalHours", earlyRenewalHours))
		})
	})
	t.Run("locally signed", func(t *testing.T) {
		onBoth(t, tlsPlugin, func(t *testing.T, p *provider) {
			inputs := newRoot(t, p, p256).leafArgs(t, p, "leaf")
			test(t, p, locallySigned, inputs.with("earlyRenewalHours", earlyRenewalHours))
		})
	})
}

// The one that matters: no refresh is needed, and the stored readyForRenewal
// is false.
func TestCertificateInItsEarlyRenewalIsReplaced(t *testing.T) {
	onCertificates(t, 6, func(t *testing.T, p *provider, typ tokens.Type, inputs object) {
		created := p.create(t, typ, inputs.properties())
		require.False(t, created.outputs["readyForRenewal"].BoolValue())
		requireUnchanged(t, p.diff(t, created, inputs.properties()))
		requireUnchanged(t, p.diff(t, created.aged(7*time.Hour), inputs.properties()))
		requireReplace(t, p.diff(t, created.aged(5*time.Hour), inputs.properties()), "readyForRenewal")
		requireReplace(t, p.diff(t, created.aged(-time.Hour), inputs.properties()), "readyForRenewal")
	})
}

func TestRefreshNotesThatRenewalIsDue(t *testing.T) {
	onCertificates(t, 6, func(t *testing.T, p *provider, typ tokens.Type, inputs object) {
		created := p.create(t, typ, inputs.properties())
		early := p.read(t, created.aged(7*time.Hour))
		require.False(t, early.outputs["readyForRenewal"].BoolValue())
		due := p.read(t, created.aged(5*time.Hour))
		require.True(t, due.outputs["readyForRenewal"].BoolValue())
		require.Equal(t, created.inputs, due.inputs)
		require.Equal(t, created.id, due.id)
		requireReplace(t, p.diff(t, due, inputs.properties()), "readyForRenewal")
	})
}

func TestEarlyRenewalHoursAreUpdatedInPlace(t *testing.T) {
	onCertificates(t, 6, func(t *testing.T, p *provider, typ tokens.Type, inputs object) {
		created := p.create(t, typ, inputs.properties())
		changed := inputs.with("earlyRenewalHours", 23)
		requireUpdate(t, p.diff(t, created, changed.properties()), "earlyRenewalHours")
		updated, err := p.update(t, created, changed.properties())
		require.NoError(t, err)
		require.Equal(t, created.outputs["certPem"], updated.outputs["certPem"])
		require.EqualValues(t, 23, updated.outputs["earlyRenewalHours"].NumberValue())
		require.False(t, updated.outputs["readyForRenewal"].BoolValue())
		requireUnchanged(t, p.diff(t, updated, changed.properties()))

		requireReplace(t, p.diff(t, created.aged(10*time.Hour), changed.properties()), "readyForRenewal")
	})
}

// A certificate that is renewed during its whole life is new at every up.
func TestCertificateThatIsAlwaysDue(t *testing.T) {
	onCertificates(t, 24, func(t *testing.T, p *provider, typ tokens.Type, inputs object) {
		created := p.create(t, typ, inputs.properties())
		require.True(t, created.outputs["readyForRenewal"].BoolValue())
		requireReplace(t, p.diff(t, created, inputs.properties()), "readyForRenewal")
		requireUpdate(t, p.diff(t, created, inputs.with("earlyRenewalHours", 1).properties()), "readyForRenewal")

		expired := p.create(t, typ, inputs.with("validityPeriodHours", 0).with("earlyRenewalHours", nil).properties())
		require.True(t, expired.outputs["readyForRenewal"].BoolValue())
	})
}

// An update leaves the certificate known, so that nothing that hangs on it is
// called changed by a preview.
func TestUpdatePreviewKeepsTheCertificateKnown(t *testing.T) {
	onCertificates(t, 6, func(t *testing.T, p *provider, typ tokens.Type, inputs object) {
		created := p.create(t, typ, inputs.properties())
		outputs := p.previewUpdate(t, created, inputs.with("earlyRenewalHours", 23).properties())
		require.Equal(t, created.outputs["certPem"], outputs["certPem"])
	})
}
