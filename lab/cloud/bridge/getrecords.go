package bridge

import (
	"context"
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// GetRecords is aws:route53/getRecords:getRecords.
type GetRecords struct{}

// GetRecordsArgs are its arguments.
type GetRecordsArgs struct {
	NameRegex *string `pulumi:"nameRegex,optional"`
	ZoneId    string  `pulumi:"zoneId"`
}

// GetRecordsResult is its result.
type GetRecordsResult struct {
	GetRecordsArgs
	ResourceRecordSets []ListedRecordSet `pulumi:"resourceRecordSets"`
}

// ListedRecordSet is a record set. Upstream has the properties of routing policies
// as well, with which the stand-in has none.
type ListedRecordSet struct {
	Name            string         `pulumi:"name"` // with the final dot
	Type            string         `pulumi:"type"`
	Ttl             int            `pulumi:"ttl"`
	ResourceRecords []ListedRecord `pulumi:"resourceRecords"`
}

// ListedRecord is a record of a set.
type ListedRecord struct {
	Value string `pulumi:"value"`
}

// Annotate names the function.
func (GetRecords) Annotate(a infer.Annotator) { a.SetToken("route53/getRecords", "getRecords") }

// Invoke calls ListResourceRecordSets. Upstream compares the names itself
// (internal/service/route53/records_data_source.go).
func (GetRecords) Invoke(ctx context.Context, req infer.FunctionRequest[GetRecordsArgs]) (infer.FunctionResponse[GetRecordsResult], error) {
	result := GetRecordsResult{GetRecordsArgs: req.Input, ResourceRecordSets: []ListedRecordSet{}}
	name, err := regexp.Compile(value(req.Input.NameRegex))
	if err != nil {
		return answer(result, err)
	}
	sets, err := zones(ctx).ListResourceRecordSets(req.Input.ZoneId)
	if err != nil {
		return answer(result, fmt.Errorf("listing Route 53 Records (%s): %w", req.Input.ZoneId, err))
	}
	for _, set := range sets {
		listed := ListedRecordSet{Name: set.Name + ".", Type: set.Type, Ttl: *set.TTL}
		for _, address := range set.Values {
			listed.ResourceRecords = append(listed.ResourceRecords, ListedRecord{address})
		}
		if name.MatchString(listed.Name) {
			result.ResourceRecordSets = append(result.ResourceRecordSets, listed)
		}
	}
	return answer(result, nil)
}
