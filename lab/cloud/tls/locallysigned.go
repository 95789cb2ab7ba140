package tls

import (
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// LocallySignedCert is the resource
// tls:index/locallySignedCert:LocallySignedCert.
type LocallySignedCert struct{}

// LocallySignedCertArgs are the inputs of a certificate that a CA signs.
type LocallySignedCertArgs struct {
	CertificateArgs
	CACertPEM       string `pulumi:"caCertPem"`
	CAPrivateKeyPEM string `pulumi:"caPrivateKeyPem" provider:"secret"`
	CertRequestPEM  string `pulumi:"certRequestPem"`
}

// LocallySignedCertState is a certificate that a CA signed.
type LocallySignedCertState struct {
	LocallySignedCertArgs
	CertificateState
	CAKeyAlgorithm string `pulumi:"caKeyAlgorithm"`
}

// Annotate names the resource.
func (c *LocallySignedCert) Annotate(a infer.Annotator) {
	a.SetToken("index/locallySignedCert", "LocallySignedCert")
}

// WireDependencies keeps the certificate known in the preview of an update,
// which makes no new one, and with it all that hangs on it.
func (*LocallySignedCert) WireDependencies(f infer.FieldSelector, _ *LocallySignedCertArgs, state *LocallySignedCertState) {
	if state.CertPEM != "" {
		f.OutputField(state).AlwaysKnown()
	}
}

// Check refuses unsupported uses and numbers out of range.
func (*LocallySignedCert) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[LocallySignedCertArgs], error) {
	args, failures, err := infer.DefaultCheck[LocallySignedCertArgs](ctx, req.NewInputs)
	return infer.CheckResponse[LocallySignedCertArgs]{Inputs: args, Failures: args.refusals(failures)}, err
}

// Diff replaces the certificate when its CA, its request or what is in it
// changed, or its time for early renewal has come.
func (*LocallySignedCert) Diff(_ context.Context, req infer.DiffRequest[LocallySignedCertArgs, LocallySignedCertState]) (infer.DiffResponse, error) {
	old, want := req.State.LocallySignedCertArgs, req.Inputs
	diff := changes{}
	diff.replaceIf(old.CACertPEM != want.CACertPEM, "caCertPem")
	diff.replaceIf(old.CAPrivateKeyPEM != want.CAPrivateKeyPEM, "caPrivateKeyPem")
	diff.replaceIf(old.CertRequestPEM != want.CertRequestPEM, "certRequestPem")
	want.CertificateArgs.diff(old.CertificateArgs, req.State.CertificateState, time.Now(), diff)
	return diff.response(), nil
}

// Create signs the request with the CA's key. The ID is the serial number.
func (*LocallySignedCert) Create(ctx context.Context, req infer.CreateRequest[LocallySignedCertArgs]) (infer.CreateResponse[LocallySignedCertState], error) {
	args := req.Inputs
	args.CertificateArgs = args.CertificateArgs.withDefaults()
	state := LocallySignedCertState{LocallySignedCertArgs: args}
	if req.DryRun {
		return infer.CreateResponse[LocallySignedCertState]{Output: state}, nil
	}
	request, err := parseRequest(args.CertRequestPEM)
	if err != nil {
		return infer.CreateResponse[LocallySignedCertState]{}, fmt.Errorf("parsing certificate request PEM: %w", err)
	}
	ca, key, algorithm, err := args.authority(ctx)
	if err != nil {
		return infer.CreateResponse[LocallySignedCertState]{}, err
	}
	template, err := args.template(request)
	if err != nil {
		return infer.CreateResponse[LocallySignedCertState]{}, err
	}
	id, certificate, err := issue(template, ca, request.PublicKey, key)
	if err != nil {
		return infer.CreateResponse[LocallySignedCertState]{}, err
	}
	certificate.ReadyForRenewal = args.renewsAtOnce()
	state.CertificateState, state.CAKeyAlgorithm = certificate, algorithm
	return infer.CreateResponse[LocallySignedCertState]{ID: id, Output: state}, nil
}

// authority reads the CA's certificate and key. A certificate that is not a
// CA's causes only a warning.
func (a LocallySignedCertArgs) authority(ctx context.Context) (*x509.Certificate, crypto.Signer, string, error) {
	key, algorithm, err := parseKey(a.CAPrivateKeyPEM)
	if err != nil {
		return nil, nil, "", fmt.Errorf("parsing CA private key PEM: %w", err)
	}
	ca, err := parseCertificate(a.CACertPEM)
	if err != nil {
		return nil, nil, "", fmt.Errorf("parsing CA certificate PEM: %w", err)
	}
	if !ca.IsCA {
		p.GetLogger(ctx).Warning("the CA's certificate is not one of a CA: certificates that it signs may fail to verify")
	}
	return ca, key, algorithm, nil
}

// template describes the certificate. Its subject is that of the request.
func (a LocallySignedCertArgs) template(request *x509.CertificateRequest) (*x509.Certificate, error) {
	template, err := a.certificate(request.PublicKey, time.Now())
	template.Subject = request.Subject
	return &template, err
}

// Update adopts a new time for early renewal.
func (*LocallySignedCert) Update(_ context.Context, req infer.UpdateRequest[LocallySignedCertArgs, LocallySignedCertState]) (infer.UpdateResponse[LocallySignedCertState], error) {
	state := req.State
	state.EarlyRenewalHours = req.Inputs.withDefaults().EarlyRenewalHours
	state.ReadyForRenewal = state.renewsAtOnce()
	return infer.UpdateResponse[LocallySignedCertState]{Output: state}, nil
}

// Read notes that the time for early renewal has come.
func (*LocallySignedCert) Read(_ context.Context, req infer.ReadRequest[LocallySignedCertArgs, LocallySignedCertState]) (infer.ReadResponse[LocallySignedCertArgs, LocallySignedCertState], error) {
	state := req.State
	state.ReadyForRenewal = state.ReadyForRenewal || state.renewalDue(state.CertificateState, time.Now())
	return infer.ReadResponse[LocallySignedCertArgs, LocallySignedCertState]{ID: req.ID, Inputs: req.Inputs, State: state}, nil
}
