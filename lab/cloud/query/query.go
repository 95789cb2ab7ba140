// Package query answers four questions in EC2's own protocol, for programs without the
// engine: DescribeRegions, DescribeAddresses, DescribeInstances and
// DescribeSecurityGroups.
//
// Differences from the real one: it has only the elements and parameters that tripvpn uses,
// and does not verify signatures. It reads the region in them, as all regions have one
// address here.
package query

import (
	"encoding/xml"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"tripvpn/lab/cloud/apierror"
	"tripvpn/lab/cloud/ec2"
)

// New returns a handler that answers for an account.
func New(c *ec2.Cloud) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, err := ask(c, r)
		var refused *apierror.Error
		if errors.As(err, &refused) {
			w.WriteHeader(http.StatusForbidden)
			answer, err = failure{Code: refused.Code, Message: refused.Message}, nil
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		_ = xml.NewEncoder(w).Encode(answer) // the caller has left
	})
}

// scope matches the region of a signature
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
var scope = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=[^/]+/\d{8}/([a-z0-9-]+)/ec2/aws4_request, SignedHeaders=[a-z0-9;-]+, Signature=[0-9a-f]{64}$`)

func ask(c *ec2.Cloud, r *http.Request) (any, error) {
	signed := scope.FindStringSubmatch(r.Header.Get("Authorization"))
	if signed == nil {
		return nil, apierror.New("AuthFailure", "AWS was not able to validate the provided access credentials")
	}
	region, err := c.Region(signed[1])
	if err != nil {
		return nil, err
	}
	switch action := r.FormValue("Action"); action {
	case "DescribeRegions":
		return regions(c)
	case "DescribeAddresses":
		return addresses(region)
	case "DescribeInstances":
		return instances(region, r.FormValue("InstanceId.1"))
	case "DescribeSecurityGroups":
		return groups(region, r.FormValue("GroupId.1"))
	default:
		return nil, apierror.New("InvalidAction", "The action %s is not valid for this web service.", action)
	}
}

type failure struct {
	XMLName xml.Name `xml:"Response"`
	Code    string   `xml:"Errors>Error>Code"`
	Message string   `xml:"Errors>Error>Message"`
}

type name struct {
	Name string `xml:"regionName"`
}

type regionsAnswer struct {
	XMLName xml.Name `xml:"DescribeRegionsResponse"`
	Items   []name   `xml:"regionInfo>item"`
}

func regions(c *ec2.Cloud) (answer regionsAnswer, err error) {
	names, err := c.DescribeRegions(false)
	for _, region := range names {
		answer.Items = append(answer.Items, name{region})
	}
	return answer, err
}

type address struct {
	Public   string `xml:"publicIp"`
	Instance string `xml:"instanceId,omitempty"`
}

type addressesAnswer struct {
	XMLName xml.Name  `xml:"DescribeAddressesResponse"`
	Items   []address `xml:"addressesSet>item"`
}

func addresses(r *ec2.Region) (answer addressesAnswer, err error) {
	held, err := r.SelectAddresses()
	for _, a := range held {
		answer.Items = append(answer.Items, address{a.Public.String(), a.InstanceID})
	}
	return answer, err
}

type group struct {
	ID string `xml:"groupId"`
}

type instance struct {
	State  string  `xml:"instanceState>name"`
	Groups []group `xml:"groupSet>item"`
}

type instancesAnswer struct {
	XMLName xml.Name   `xml:"DescribeInstancesResponse"`
	Items   []instance `xml:"reservationSet>item>instancesSet>item"`
}

func instances(r *ec2.Region, id string) (instancesAnswer, error) {
	i, err := r.DescribeInstance(id)
	found := instance{State: i.State}
	for _, id := range i.GroupIDs {
		found.Groups = append(found.Groups, group{id})
	}
	return instancesAnswer{Items: []instance{found}}, err
}

type permission struct {
	Protocol string   `xml:"ipProtocol"`
	From     int      `xml:"fromPort"`
	To       int      `xml:"toPort"`
	Peers    []string `xml:"ipRanges>item>cidrIp"`
	Peers6   []string `xml:"ipv6Ranges>item>cidrIpv6"`
}

type groupsAnswer struct {
	XMLName     xml.Name     `xml:"DescribeSecurityGroupsResponse"`
	Permissions []permission `xml:"securityGroupInfo>item>ipPermissions>item"`
}

func groups(r *ec2.Region, id string) (answer groupsAnswer, err error) {
	described, err := r.DescribeSecurityGroup(id)
	for _, rule := range described.Rules {
		if rule.Egress {
			continue
		}
		p := permission{Protocol: rule.Protocol, From: rule.From, To: rule.To}
		if rule.Protocol == "all" {
			p.Protocol = "-1"
		}
		if strings.Contains(rule.Peer, ":") {
			p.Peers6 = []string{rule.Peer}
		} else {
			p.Peers = []string{rule.Peer}
		}
		answer.Permissions = append(answer.Permissions, p)
	}
	return answer, err
}
