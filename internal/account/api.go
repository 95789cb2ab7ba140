package account

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// api asks EC2, in its own protocol: a signed form is answered with XML
// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html). The SDK's
// package for EC2 would take minutes to compile, for four questions.
type api struct{ settings aws.Config }

const version = "2016-11-15"

// endpoint is EC2's address in a region, or the one that AWS_ENDPOINT_URL sets.
func (a api) endpoint(region string) string {
	if a.settings.BaseEndpoint != nil {
		return *a.settings.BaseEndpoint
	}
	return "https://ec2." + region + ".amazonaws.com/"
}

// largestAnswer is many times what a server's answers have, in bytes.
const largestAnswer = 8 << 20

// ask asks in a region, and returns the answer.
func (a api) ask(ctx context.Context, region, action string, parameters url.Values) ([]byte, error) {
	answer, status, err := a.post(ctx, region, action, parameters)
	if err == nil && status != http.StatusOK {
		err = refusal(answer, status)
	}
	return answer, wrong(action, region, err)
}

func wrong(action, region string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("asking AWS for %s in %s: %w", action, region, err)
}

func (a api) post(ctx context.Context, region, action string, parameters url.Values) (answer []byte, status int, err error) {
	form := url.Values{"Action": {action}, "Version": {version}}
	for name, values := range parameters {
		form[name] = values
	}
	body := []byte(form.Encode())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.endpoint(region), bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	credentials, err := a.settings.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, 0, err
	}
	hash := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, credentials, request, hex.EncodeToString(hash[:]), "ec2", region, time.Now()); err != nil {
		return nil, 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, 0, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(response.Body, largestAnswer))
	return answer, response.StatusCode, err
}

// regions lists the regions that the account has enabled.
func (a api) regions(ctx context.Context) ([]string, error) {
	const action = "DescribeRegions"
	answer, err := a.ask(ctx, home, action, nil)
	if err != nil {
		return nil, err
	}
	names, err := parseRegions(answer)
	return names, wrong(action, home, err)
}

// addressesIn lists the Elastic IPs of a region.
func (a api) addressesIn(ctx context.Context, region string) ([]holding, error) {
	const action = "DescribeAddresses"
	answer, err := a.ask(ctx, region, action, nil)
	if err != nil {
		return nil, err
	}
	held, err := parseAddresses(answer, region)
	return held, wrong(action, region, err)
}

// instance returns the state of an instance, and its security groups.
func (a api) instance(ctx context.Context, region, id string) (state string, groups []string, err error) {
	const action = "DescribeInstances"
	answer, err := a.ask(ctx, region, action, url.Values{"InstanceId.1": {id}})
	if err != nil {
		return "", nil, err
	}
	state, groups, err = parseInstance(answer)
	return state, groups, wrong(action, region, err)
}

// rules returns what security groups let in from everywhere, over IPv4.
func (a api) rules(ctx context.Context, region string, groups []string) ([]rule, error) {
	const action = "DescribeSecurityGroups"
	parameters := url.Values{}
	for i, group := range groups {
		parameters.Set("GroupId."+strconv.Itoa(i+1), group)
	}
	answer, err := a.ask(ctx, region, action, parameters)
	if err != nil {
		return nil, err
	}
	rules, err := parseRules(answer)
	return rules, wrong(action, region, err)
}
