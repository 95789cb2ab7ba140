package account

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/netip"
)

// The elements are those of EC2's API reference.

// refusal reads EC2's error.
func refusal(answer []byte, status int) error {
	var refused struct {
		Code    string `xml:"Errors>Error>Code"`
		Message string `xml:"Errors>Error>Message"`
	}
	if err := xml.Unmarshal(answer, &refused); err != nil || refused.Code == "" {
		return fmt.Errorf("it answers %d", status)
	}
	return fmt.Errorf("%s: %s", refused.Code, refused.Message)
}

func parseRegions(text []byte) ([]string, error) {
	var answer struct {
		Names []string `xml:"regionInfo>item>regionName"`
	}
	err := xml.Unmarshal(text, &answer)
	return answer.Names, err
}

func parseAddresses(text []byte, region string) ([]holding, error) {
	var answer struct {
		Addresses []struct {
			Public   string `xml:"publicIp"`
			Instance string `xml:"instanceId"`
		} `xml:"addressesSet>item"`
	}
	if err := xml.Unmarshal(text, &answer); err != nil {
		return nil, err
	}
	var held []holding
	for _, one := range answer.Addresses {
		if address, err := netip.ParseAddr(one.Public); err == nil {
			held = append(held, holding{address, region, one.Instance})
		}
	}
	return held, nil
}

func parseInstance(text []byte) (state string, groups []string, err error) {
	var answer struct {
		Instances []struct {
			State  string   `xml:"instanceState>name"`
			Groups []string `xml:"groupSet>item>groupId"`
		} `xml:"reservationSet>item>instancesSet>item"`
	}
	if err := xml.Unmarshal(text, &answer); err != nil {
		return "", nil, err
	}
	if len(answer.Instances) != 1 || answer.Instances[0].State == "" {
		return "", nil, errors.New("it does not have the state of one instance")
	}
	return answer.Instances[0].State, answer.Instances[0].Groups, nil
}

// parseRules returns the rules that hold for everybody.
func parseRules(text []byte) ([]rule, error) {
	var answer struct {
		Permissions []struct {
			Protocol string   `xml:"ipProtocol"`
			From     int      `xml:"fromPort"`
			To       int      `xml:"toPort"`
			Peers    []string `xml:"ipRanges>item>cidrIp"`
		} `xml:"securityGroupInfo>item>ipPermissions>item"`
	}
	if err := xml.Unmarshal(text, &answer); err != nil {
		return nil, err
	}
	var rules []rule
	for _, p := range answer.Permissions {
		for _, peer := range p.Peers {
			if network, err := netip.ParsePrefix(peer); err == nil && network.Bits() == 0 {
				rules = append(rules, rule{p.Protocol, p.From, p.To})
			}
		}
	}
	return rules, nil
}
