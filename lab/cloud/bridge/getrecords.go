package bridge

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-go-provider/infer"

	"tripvpn/lab/cloud/route53"
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

// ListedRecordSet is a record set. Upstream has the properties of aliases, routing
// policies and health checks as well, all empty for the record sets of the stand-in.
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

// Invoke calls ListResourceRecordSets. Upstream compares the names itself, with the
// final dot, and calls a zone that does not exist not found
// (internal/service/route53/records_data_source.go, findResourceRecordSets in
// record.go). The result has no id.
func (GetRecords) Invoke(
	ctx context.Context, req infer.FunctionRequest[GetRecordsArgs],
) (infer.FunctionResponse[GetRecordsResult], error) {
	result := GetRecordsResult{GetRecordsArgs: req.Input, ResourceRecordSets: []ListedRecordSet{}}
	name, err := regexp.Compile(value(req.Input.NameRegex))
	if err != nil {
		return answer(result, fmt.Errorf("name_regex %q: %w", *req.Input.NameRegex, err))
	}
	sets, err := zones(ctx).ListResourceRecordSets(req.Input.ZoneId)
	if gone(err) {
		err = errNotFound
	}
	if err != nil {
		return answer(result, fmt.Errorf("listing Route 53 Records (%s): %w", req.Input.ZoneId, err))
	}
	for _, set := range sets {
		if listed := listedSet(set); name.MatchString(listed.Name) {
			result.ResourceRecordSets = append(result.ResourceRecordSets, listed)
		}
	}
	return answer(result, nil)
}

var errNotFound = errors.New("couldn't find resource")

func listedSet(set route53.RecordSet) ListedRecordSet {
	listed := ListedRecordSet{Name: set.Name + ".", Type: set.Type, Ttl: *set.TTL}
	for _, value := range set.Values {
		listed.ResourceRecords = append(listed.ResourceRecords, ListedRecord{value})
	}
	return listed
}
