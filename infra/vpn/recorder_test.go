package vpn

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"

	"tripvpn/infra/config"
)

// recorder is an empty cloud. It records the program's resources, outputs and log
// lines, and answers in place of the providers.
type recorder struct {
	mu        sync.Mutex
	resources []registered
	exports   resource.PropertyMap
	answers   map[string]resource.PropertyMap                  // function token → answer, instead of the default
	invoked   []string                                         // function tokens
	failure   error                                            // of the look-up of a zone
	egress    string                                           // the operator's address; empty means 198.51.100.7
	addresses map[string]string                                // Elastic IPs by resource name; 203.0.113.9 for the others
	state     string                                           // of the stack, JSON; empty means without resources
	prices    func(query resource.PropertyMap) (string, error) // instead of testPrices
	broken    string                                           // name of a resource that cannot be created
	infos     []string
	warnings  []string
	errors    []string
	preview   bool
	now       time.Time
	keys      testKeys
}

func (c *recorder) log(severity pulumirpc.LogSeverity, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch severity {
	case pulumirpc.LogSeverity_INFO:
		c.infos = append(c.infos, text)
	case pulumirpc.LogSeverity_WARNING:
		c.warnings = append(c.warnings, text)
	case pulumirpc.LogSeverity_ERROR:
		c.errors = append(c.errors, text)
	}
}

// registered is one resource as the program registered it.
type registered struct {
	Inputs resource.PropertyMap
	*pulumirpc.RegisterResourceRequest
}

// nameOf returns the last part of a URN.
func nameOf(urn string) string { return urn[strings.LastIndex(urn, ":")+1:] }

func (c *recorder) register(r registered) (id string, outputs resource.PropertyMap) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resources = append(c.resources, r)
	outputs = r.Inputs.Copy()
	for name, value := range c.computed(r.GetType(), r.GetName(), r.Inputs) {
		outputs[resource.PropertyKey(name)] = resource.NewPropertyValue(value)
		if c.preview {
			outputs[resource.PropertyKey(name)] = resource.MakeComputed(resource.NewProperty(""))
		}
	}
	if !r.GetCustom() || c.preview {
		return "", outputs
	}
	return r.GetName() + "-id", outputs
}

func (c *recorder) export(outputs resource.PropertyMap) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.exports = outputs
}

// types returns the types of the registered resources, without repetitions.
func (c *recorder) types() []string {
	var types []string
	for _, r := range c.resources {
		types = append(types, r.GetType())
	}
	return slices.Compact(types)
}

// computed returns the outputs that a provider computes.
func (c *recorder) computed(token, name string, inputs resource.PropertyMap) map[string]any {
	switch token {
	case "tls:index/privateKey:PrivateKey":
		return c.keys.privateKey(inputs["algorithm"].StringValue())
	case "tls:index/certRequest:CertRequest":
		return map[string]any{"certRequestPem": "request\n"}
	case "tls:index/selfSignedCert:SelfSignedCert", "tls:index/locallySignedCert:LocallySignedCert":
		return map[string]any{"certPem": c.keys.certificate}
	case "aws:ec2/vpc:Vpc":
		return map[string]any{"ipv6CidrBlock": "2001:db8:1200::/56"}
	case "aws:ec2/eip:Eip":
		return map[string]any{"publicIp": cmp.Or(c.addresses[name], "203.0.113.9")}
	}
	return nil
}

func (c *recorder) invoke(token string, args resource.PropertyMap) (resource.PropertyMap, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.invoked = append(c.invoked, token)
	if answer, ok := c.answers[token]; ok {
		return answer, nil
	}
	switch token {
	case "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings":
		return properties("locations", []any{"us-east-1c", "us-east-1b", "eu-west-1a", "me-south-1a"}), nil
	case "aws:index/getRegions:getRegions":
		return properties("names", []any{"us-east-1", "me-south-1"}), nil
	case "aws:route53/getZone:getZone":
		if c.failure != nil {
			return nil, c.failure
		}
		return properties("zoneId", "Z0123456789ABCDEFGHIJ", "name", "example.org"), nil
	case "aws:ec2/getInstances:getInstances", "aws:ec2/getEips:getEips", "aws:resourcegroupstaggingapi/getResources:getResources",
		"aws:route53/getRecords:getRecords":
		return properties(), nil
	case "aws:pricing/getProduct:getProduct":
		prices := testPrices
		if c.prices != nil {
			prices = c.prices
		}
		result, err := prices(args)
		return properties("result", result), err
	case "aws:ec2/getAmi:getAmi":
		return properties("imageId", "ami-0123456789abcdef0", "architecture", "arm64", "name", "debian-13-arm64-20260801"), nil
	}
	return nil, fmt.Errorf("no answer to %s", token)
}

func properties(pairs ...any) resource.PropertyMap {
	values := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i].(string)] = pairs[i+1]
	}
	return resource.NewPropertyMapFromMap(values)
}

// runProgram runs the program against mocks, as an update or as a preview.
func runProgram(t *testing.T, preview bool, settings map[string]any, change ...func(*recorder)) (*recorder, error) {
	t.Helper()
	cloud := &recorder{preview: preview, keys: newTestKeys(t), now: time.Unix(1_800_000_000, 0)}
	for _, c := range change {
		c(cloud)
	}
	binary := filepath.Join(t.TempDir(), "tripvpn-bootstrap")
	require.NoError(t, os.WriteFile(binary, []byte("binary"), 0o755))
	program := Program(Env{
		EgressAddress: func(context.Context) (netip.Addr, error) {
			return netip.MustParseAddr(cmp.Or(cloud.egress, "198.51.100.7")), nil
		},
		ExportStack: func(*pulumi.Context) ([]byte, error) { return []byte(cmp.Or(cloud.state, "{}")), nil },
		HostBinary: func(context.Context, config.Architecture) (Binary, error) {
			return Binary{Path: binary, SHA256: "5f5e"}, nil
		},
		Now: func() time.Time { return cloud.now },
	})
	address := serveMonitor(t, cloud)
	err := pulumi.RunErr(program, func(info *pulumi.RunInfo) {
		info.Project, info.Stack = "tripvpn", "dev"
		info.MonitorAddr, info.EngineAddr = address, address
		info.DryRun = preview
		info.Config = encodeSettings(t, settings)
	})
	slices.SortFunc(cloud.resources, func(a, b registered) int {
		return cmp.Or(cmp.Compare(a.GetType(), b.GetType()), cmp.Compare(a.GetName(), b.GetName()))
	})
	return cloud, err
}

func encodeSettings(t *testing.T, settings map[string]any) map[string]string {
	t.Helper()
	encoded := map[string]string{}
	for key, value := range settings {
		text, isText := value.(string)
		if !isText {
			marshalled, err := json.Marshal(value)
			require.NoError(t, err)
			text = string(marshalled)
		}
		encoded["tripvpn:"+key] = text
	}
	return encoded
}

// bothWays tests the program's update and its preview.
func bothWays(t *testing.T, settings map[string]any, test func(*testing.T, *recorder)) {
	t.Helper()
	for name, preview := range map[string]bool{"update": false, "preview": true} {
		t.Run(name, func(t *testing.T) {
			cloud, err := runProgram(t, preview, settings)
			require.NoError(t, err)
			require.NotEmpty(t, cloud.resources)
			test(t, cloud)
		})
	}
}
