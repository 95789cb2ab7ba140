package bridge

import (
	"context"

	"tripvpn/lab/cloud/ec2"
)

type keyPair struct{}

// KeyPairInputs are the inputs of aws:ec2/keyPair:KeyPair.
type KeyPairInputs struct {
	Tagging
	KeyName   string `pulumi:"keyName"`
	PublicKey string `pulumi:"publicKey"`
}

// KeyPairState is the state of aws:ec2/keyPair:KeyPair.
type KeyPairState struct {
	KeyPairInputs
	Arn         string `pulumi:"arn"`
	Fingerprint string `pulumi:"fingerprint"`
	KeyPairId   string `pulumi:"keyPairId"`
	KeyType     string `pulumi:"keyType"`
}

func (i KeyPairInputs) spec() ec2.KeySpec {
	return ec2.KeySpec{Name: i.KeyName, PublicKey: i.PublicKey, Tags: i.TagsAll}
}

func (keyPair) check(in KeyPairInputs, _ *KeyPairState) error { return in.spec().Check() }

func (keyPair) preview(in KeyPairInputs, old KeyPairState) KeyPairState {
	old.KeyPairInputs = in
	return old
}

// create returns the key's name, which is a key pair's ID upstream.
func (keyPair) create(_ context.Context, r *ec2.Region, in KeyPairInputs) (string, error) {
	k, err := r.ImportKeyPair(in.spec())
	return k.Name, err
}

func (keyPair) read(r *ec2.Region, id string, old KeyPairState) (KeyPairState, error) {
	k, err := r.DescribeKeyPair(id)
	old.Arn, old.Fingerprint, old.KeyPairId, old.KeyType = r.ARN("key-pair/"+id), k.Fingerprint, k.ID, k.Type
	old.Tagging = old.split(k.Tags)
	return old, err
}

func (keyPair) update(_ context.Context, r *ec2.Region, id string, in KeyPairInputs, _ KeyPairState) error {
	return r.TagKeyPair(id, in.TagsAll)
}

func (keyPair) delete(_ context.Context, r *ec2.Region, id string, _ KeyPairState) error {
	return r.DeleteKeyPair(id)
}
