package tls

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// SelfSignedCert is the resource tls:index/selfSignedCert:SelfSignedCert.
type SelfSignedCert struct{}

// SelfSignedCertArgs are a self-signed certificate's inputs.
type SelfSignedCertArgs struct {
	CertificateArgs
	Subject           *Subject `pulumi:"subject,optional"`
	PrivateKeyPEM     string   `pulumi:"privateKeyPem" provider:"secret"`
	SetAuthorityKeyID *bool    `pulumi:"setAuthorityKeyId,optional"` // default false
}

// SelfSignedCertState is a self-signed certificate.
type SelfSignedCertState struct {
	SelfSignedCertArgs
	CertificateState
	KeyAlgorithm string `pulumi:"keyAlgorithm"`
}

// Annotate names the resource.
func (c *SelfSignedCert) Annotate(a infer.Annotator) {
	a.SetToken("index/selfSignedCert", "SelfSignedCert")
}

// WireDependencies keeps the certificate known in the preview of an update,
// which makes no new one, and with it all that hangs on it.
func (*SelfSignedCert) WireDependencies(f infer.FieldSelector, _ *SelfSignedCertArgs, state *SelfSignedCertState) {
	if state.CertPEM != "" {
		f.OutputField(state).AlwaysKnown()
	}
}

func (a SelfSignedCertArgs) withDefaults() SelfSignedCertArgs {
	a.CertificateArgs = a.CertificateArgs.withDefaults()
	a.SetAuthorityKeyID = orElse(a.SetAuthorityKeyID, false)
	return a
}

// Check refuses unsupported uses and numbers out of range.
func (*SelfSignedCert) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[SelfSignedCertArgs], error) {
	args, failures, err := infer.DefaultCheck[SelfSignedCertArgs](ctx, req.NewInputs)
	return infer.CheckResponse[SelfSignedCertArgs]{Inputs: args, Failures: args.refusals(failures)}, err
}

// Diff replaces the certificate when what is in it changed, or its time for
// early renewal has come.
func (*SelfSignedCert) Diff(_ context.Context, req infer.DiffRequest[SelfSignedCertArgs, SelfSignedCertState]) (infer.DiffResponse, error) {
	old, want := req.State.SelfSignedCertArgs.withDefaults(), req.Inputs.withDefaults()
	diff := changes{}
	diff.replaceIf(old.PrivateKeyPEM != want.PrivateKeyPEM, "privateKeyPem")
	diff.replaceIf(*old.SetAuthorityKeyID != *want.SetAuthorityKeyID, "setAuthorityKeyId")
	diff.replaceIf(!old.Subject.equal(want.Subject), "subject")
	want.CertificateArgs.diff(old.CertificateArgs, req.State.CertificateState, time.Now(), diff)
	return diff.response(), nil
}

// Create signs a certificate with its own key. Its id is the serial number.
func (*SelfSignedCert) Create(_ context.Context, req infer.CreateRequest[SelfSignedCertArgs]) (infer.CreateResponse[SelfSignedCertState], error) {
	args := req.Inputs.withDefaults()
	state := SelfSignedCertState{SelfSignedCertArgs: args}
	if req.DryRun {
		return infer.CreateResponse[SelfSignedCertState]{Output: state}, nil
	}
	key, algorithm, err := parseKey(args.PrivateKeyPEM)
	if err != nil {
		return infer.CreateResponse[SelfSignedCertState]{}, fmt.Errorf("parsing private key PEM: %w", err)
	}
	template, err := args.template(key.Public())
	if err != nil {
		return infer.CreateResponse[SelfSignedCertState]{}, err
	}
	id, certificate, err := issue(template, template, key.Public(), key)
	if err != nil {
		return infer.CreateResponse[SelfSignedCertState]{}, err
	}
	certificate.ReadyForRenewal = args.renewsAtOnce()
	state.CertificateState, state.KeyAlgorithm = certificate, algorithm
	return infer.CreateResponse[SelfSignedCertState]{ID: id, Output: state}, nil
}

// template describes the certificate, which is its own issuer.
func (a SelfSignedCertArgs) template(public crypto.PublicKey) (*x509.Certificate, error) {
	template, err := a.certificate(public, time.Now())
	if err != nil {
		return nil, err
	}
	template.Subject = a.Subject.name()
	if *a.SetAuthorityKeyID {
		if template.AuthorityKeyId = template.SubjectKeyId; len(template.AuthorityKeyId) == 0 {
			return nil, errors.New("creating a certificate: it has no subject key identifier to be its authority key identifier")
		}
	}
	return &template, nil
}

// Update adopts a new time for early renewal.
func (*SelfSignedCert) Update(_ context.Context, req infer.UpdateRequest[SelfSignedCertArgs, SelfSignedCertState]) (infer.UpdateResponse[SelfSignedCertState], error) {
	state := req.State
	state.EarlyRenewalHours = req.Inputs.withDefaults().EarlyRenewalHours
	state.ReadyForRenewal = state.renewsAtOnce()
	return infer.UpdateResponse[SelfSignedCertState]{Output: state}, nil
}

// Read notes that the time for early renewal has come.
func (*SelfSignedCert) Read(_ context.Context, req infer.ReadRequest[SelfSignedCertArgs, SelfSignedCertState]) (infer.ReadResponse[SelfSignedCertArgs, SelfSignedCertState], error) {
	state := req.State
	state.ReadyForRenewal = state.ReadyForRenewal || state.renewalDue(state.CertificateState, time.Now())
	return infer.ReadResponse[SelfSignedCertArgs, SelfSignedCertState]{ID: req.ID, Inputs: req.Inputs, State: state}, nil
}
