package bridge

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"

	"tripvpn/lab/cloud/ec2"
)

type eip struct{}

// EipInputs are the inputs of aws:ec2/eip:Eip.
type EipInputs struct {
	Tagging
	Domain *string `pulumi:"domain,optional"`
}

// EipState is the state of aws:ec2/eip:Eip.
type EipState struct {
	EipInputs
	AllocationId  string `pulumi:"allocationId"`
	Arn           string `pulumi:"arn"`
	AssociationId string `pulumi:"associationId"`
	Instance      string `pulumi:"instance"`
	PublicIp      string `pulumi:"publicIp"`
}

// Annotate sets upstream's defaults.
func (i *EipInputs) Annotate(a infer.Annotator) { a.SetDefault(&i.Domain, "vpc") }

func (eip) check(in EipInputs, _ *EipState) error {
	if domain := value(in.Domain); domain != "vpc" && domain != "" {
		return fmt.Errorf("domain %q: expected \"vpc\"", domain)
	}
	return nil
}

func (eip) preview(in EipInputs, old EipState) EipState {
	old.EipInputs = in
	return old
}

func (eip) create(_ context.Context, r *ec2.Region, in EipInputs) (string, error) {
	a, err := r.AllocateAddress(in.TagsAll)
	return a.AllocationID, err
}

func (eip) read(r *ec2.Region, id string, old EipState) (EipState, error) {
	a, err := r.DescribeAddress(id)
	in := old.EipInputs
	in.Tagging = in.split(a.Tags)
	return EipState{
		EipInputs:     in,
		AllocationId:  id,
		Arn:           r.ARN("elastic-ip/" + id),
		AssociationId: a.AssociationID,
		Instance:      a.InstanceID,
		PublicIp:      text(a.Public),
	}, err
}

func (eip) update(_ context.Context, r *ec2.Region, id string, in EipInputs, _ EipState) error {
	return r.TagAddress(id, in.TagsAll)
}

// delete disassociates the address first, as upstream does, if the state has
// its association, which a refresh adds. Upstream uses no other source (the AWS
// provider for Terraform, internal/service/ec2/ec2_eip.go), and does not release
// an address that is still associated.
func (eip) delete(ctx context.Context, r *ec2.Region, id string, old EipState) error {
	if old.AssociationId != "" {
		if err := r.DisassociateAddress(ctx, old.AssociationId); err != nil && !gone(err) {
			return err
		}
	}
	return r.ReleaseAddress(id)
}
