package tls

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
)

const pemRequest = "CERTIFICATE REQUEST"

// CertRequest is the resource tls:index/certRequest:CertRequest.
type CertRequest struct{}

// CertRequestArgs are a request's inputs. Every change makes a new request.
type CertRequestArgs struct {
	Subject       *Subject `pulumi:"subject,optional"`
	PrivateKeyPEM string   `pulumi:"privateKeyPem" provider:"secret"`
}

// CertRequestState is a request, in PEM.
type CertRequestState struct {
	CertRequestArgs
	CertRequestPEM string `pulumi:"certRequestPem"`
	KeyAlgorithm   string `pulumi:"keyAlgorithm"`
}

// Annotate names the resource.
func (r *CertRequest) Annotate(a infer.Annotator) { a.SetToken("index/certRequest", "CertRequest") }

// Diff replaces the request when an input changed.
func (*CertRequest) Diff(_ context.Context, req infer.DiffRequest[CertRequestArgs, CertRequestState]) (infer.DiffResponse, error) {
	diff := changes{}
	diff.replaceIf(req.State.PrivateKeyPEM != req.Inputs.PrivateKeyPEM, "privateKeyPem")
	diff.replaceIf(!req.Inputs.Subject.equal(req.State.Subject), "subject")
	return diff.response(), nil
}

// Create makes a request. Its id is the SHA-1 of its DER form.
func (*CertRequest) Create(_ context.Context, req infer.CreateRequest[CertRequestArgs]) (infer.CreateResponse[CertRequestState], error) {
	state := CertRequestState{CertRequestArgs: req.Inputs}
	if req.DryRun {
		return infer.CreateResponse[CertRequestState]{Output: state}, nil
	}
	key, algorithm, err := parseKey(req.Inputs.PrivateKeyPEM)
	if err != nil {
		return infer.CreateResponse[CertRequestState]{}, fmt.Errorf("parsing private key PEM: %w", err)
	}
	template := &x509.CertificateRequest{Subject: req.Inputs.Subject.name()}
	der, err := x509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		return infer.CreateResponse[CertRequestState]{}, fmt.Errorf("creating a certificate request: %w", err)
	}
	state.KeyAlgorithm = algorithm
	state.CertRequestPEM = encodePEM(pemRequest, der)
	return infer.CreateResponse[CertRequestState]{ID: hashID(der), Output: state}, nil
}

// parseRequest reads a request in PEM. It must ask for nothing but a subject,
// because a certificate is given nothing else of a request.
func parseRequest(text string) (*x509.CertificateRequest, error) {
	der, err := decodePEM(pemRequest, text)
	if err != nil {
		return nil, err
	}
	request, err := x509.ParseCertificateRequest(der)
	if err == nil && len(request.Extensions) > 0 {
		err = fmt.Errorf("the stand-in for the tls plugin supports no extensions, and it has %d", len(request.Extensions))
	}
	return request, err
}
