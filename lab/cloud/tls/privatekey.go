package tls

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
	"golang.org/x/crypto/ssh"
)

// PrivateKey is the resource tls:index/privateKey:PrivateKey.
type PrivateKey struct{}

// PrivateKeyArgs are a private key's inputs. Every change makes a new key.
type PrivateKeyArgs struct {
	Algorithm  string  `pulumi:"algorithm"`
	RSABits    *int    `pulumi:"rsaBits,optional"`    // default 2048
	ECDSACurve *string `pulumi:"ecdsaCurve,optional"` // default P224
}

// PrivateKeyState is a private key in all its forms.
type PrivateKeyState struct {
	PrivateKeyArgs
	PrivateKeyPEM              string `pulumi:"privateKeyPem" provider:"secret"`
	PrivateKeyOpenSSH          string `pulumi:"privateKeyOpenssh" provider:"secret"`
	PrivateKeyPEMPKCS8         string `pulumi:"privateKeyPemPkcs8" provider:"secret"`
	PublicKeyPEM               string `pulumi:"publicKeyPem"`
	PublicKeyOpenSSH           string `pulumi:"publicKeyOpenssh"`
	PublicKeyFingerprintMD5    string `pulumi:"publicKeyFingerprintMd5"`
	PublicKeyFingerprintSHA256 string `pulumi:"publicKeyFingerprintSha256"`
}

// Annotate names the resource.
func (k *PrivateKey) Annotate(a infer.Annotator) { a.SetToken("index/privateKey", "PrivateKey") }

// WireDependencies keeps the private forms secret in the state.
func (*PrivateKey) WireDependencies(f infer.FieldSelector, _ *PrivateKeyArgs, state *PrivateKeyState) {
	f.OutputField(&state.PrivateKeyPEM).AlwaysSecret()
	f.OutputField(&state.PrivateKeyOpenSSH).AlwaysSecret()
	f.OutputField(&state.PrivateKeyPEMPKCS8).AlwaysSecret()
}

// withDefaults fills in missing inputs.
func (a PrivateKeyArgs) withDefaults() PrivateKeyArgs {
	a.RSABits = orElse(a.RSABits, 2048)
	a.ECDSACurve = orElse(a.ECDSACurve, "P224")
	return a
}

// Check refuses unknown algorithms and unsupported curves.
func (*PrivateKey) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[PrivateKeyArgs], error) {
	args, failures, err := infer.DefaultCheck[PrivateKeyArgs](ctx, req.NewInputs)
	c := checks{failures: failures}
	c.oneOf("algorithm", args.Algorithm, algorithmRSA, algorithmECDSA, algorithmEd25519)
	if args.Algorithm == algorithmECDSA || args.ECDSACurve != nil {
		c.oneOf("ecdsaCurve", *args.withDefaults().ECDSACurve, curveP256)
	}
	return infer.CheckResponse[PrivateKeyArgs]{Inputs: args, Failures: c.failures}, err
}

// Diff replaces the key when an input changed.
func (*PrivateKey) Diff(_ context.Context, req infer.DiffRequest[PrivateKeyArgs, PrivateKeyState]) (infer.DiffResponse, error) {
	old, want := req.State.PrivateKeyArgs.withDefaults(), req.Inputs.withDefaults()
	diff := changes{}
	diff.replaceIf(old.Algorithm != want.Algorithm, "algorithm")
	diff.replaceIf(*old.RSABits != *want.RSABits, "rsaBits")
	diff.replaceIf(*old.ECDSACurve != *want.ECDSACurve, "ecdsaCurve")
	return diff.response(), nil
}

// Create makes a key. Its id is the SHA-1 of the public key.
func (*PrivateKey) Create(_ context.Context, req infer.CreateRequest[PrivateKeyArgs]) (infer.CreateResponse[PrivateKeyState], error) {
	args := req.Inputs.withDefaults()
	if req.DryRun {
		return infer.CreateResponse[PrivateKeyState]{Output: PrivateKeyState{PrivateKeyArgs: args}}, nil
	}
	key, err := newKey(args.Algorithm, *args.RSABits)
	if err != nil {
		return infer.CreateResponse[PrivateKeyState]{}, fmt.Errorf("generating a private key: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return infer.CreateResponse[PrivateKeyState]{}, fmt.Errorf("encoding a public key: %w", err)
	}
	state, err := describeKey(key)
	if err != nil {
		return infer.CreateResponse[PrivateKeyState]{}, fmt.Errorf("encoding a private key: %w", err)
	}
	state.PrivateKeyArgs = args
	state.PublicKeyPEM = encodePEM("PUBLIC KEY", public)
	return infer.CreateResponse[PrivateKeyState]{ID: hashID(public), Output: state}, nil
}

// describeKey writes a private key in all its forms, the public PEM aside.
func describeKey(key crypto.Signer) (PrivateKeyState, error) {
	var state PrivateKeyState
	var err error
	if state.PrivateKeyPEM, err = encodeKey(key); err != nil {
		return state, err
	}
	if state.PrivateKeyPEMPKCS8, err = encodePKCS8(key); err != nil {
		return state, err
	}
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		return state, err
	}
	private, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		return state, err
	}
	state.PrivateKeyOpenSSH = string(pem.EncodeToMemory(private))
	state.PublicKeyOpenSSH = string(ssh.MarshalAuthorizedKey(public))
	state.PublicKeyFingerprintMD5 = ssh.FingerprintLegacyMD5(public)
	state.PublicKeyFingerprintSHA256 = ssh.FingerprintSHA256(public)
	return state, nil
}
