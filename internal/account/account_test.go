package account

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/spec"
)

var (
	here    = netip.MustParseAddr("203.0.113.9")
	another = netip.MustParseAddr("203.0.113.25")
	ports   = []Port{{1194, spec.UDP}, {443, spec.TCP}}
)

// answers are EC2's, shortened, by region and action
// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html and so on).
func answers(group string) map[string]string {
	return map[string]string{
		"us-east-1 DescribeRegions": `<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>1</requestId>
<regionInfo><item><regionName>us-east-1</regionName></item><item><regionName>eu-west-1</regionName></item></regionInfo></DescribeRegionsResponse>`,
		"us-east-1 DescribeAddresses": `<DescribeAddressesResponse><addressesSet/></DescribeAddressesResponse>`,
		"eu-west-1 DescribeAddresses": `<DescribeAddressesResponse><addressesSet>
<item><publicIp>203.0.113.9</publicIp><instanceId>i-1</instanceId></item>
<item><publicIp>203.0.113.25</publicIp></item><item><publicIp>198.51.100.1</publicIp></item></addressesSet></DescribeAddressesResponse>`,
		"eu-west-1 DescribeInstances i-1": `<DescribeInstancesResponse><reservationSet><item><groupSet/><instancesSet><item>
<instanceState><code>16</code><name>running</name></instanceState><groupSet><item><groupId>sg-1</groupId></item></groupSet>
</item></instancesSet></item></reservationSet></DescribeInstancesResponse>`,
		"eu-west-1 DescribeSecurityGroups sg-1": `<DescribeSecurityGroupsResponse><securityGroupInfo><item><ipPermissions>` + group +
			`</ipPermissions></item></securityGroupInfo></DescribeSecurityGroupsResponse>`,
	}
}

func permission(protocol string, from, to int, peer string) string {
	return fmt.Sprintf(`<item><ipProtocol>%s</ipProtocol><fromPort>%d</fromPort><toPort>%d</toPort><ipRanges><item><cidrIp>%s</cidrIp></item></ipRanges></item>`, protocol, from, to, peer)
}

// serve answers signed requests, and sets the environment for them.
func serve(t *testing.T, answers map[string]string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		authorization := r.Header.Get("Authorization")
		credential, _, _ := strings.Cut(strings.TrimPrefix(authorization, "AWS4-HMAC-SHA256 Credential="), ",")
		scope := strings.Split(credential, "/") // key, date, region, service
		if len(scope) != 5 || scope[3] != "ec2" || r.FormValue("Version") != "2016-11-15" {
			http.Error(w, "unsigned", http.StatusForbidden)
			return
		}
		answer, ok := answers[strings.TrimSpace(scope[2]+" "+r.FormValue("Action")+" "+r.FormValue("InstanceId.1")+r.FormValue("GroupId.1"))]
		if !ok {
			w.WriteHeader(http.StatusForbidden)
			answer = `<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized.</Message></Error></Errors></Response>`
		}
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(server.Close)
	isolate(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "a secret for tests")
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
}

// isolate hides this machine's own credentials.
func isolate(t *testing.T) {
	t.Helper()
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_WEB_IDENTITY_TOKEN_FILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "credentials"))
}

func TestLook(t *testing.T) {
	absent := netip.MustParseAddr("203.0.113.99")
	for name, test := range map[string]struct {
		group string
		want  []Port
	}{
		"open":                  {permission("udp", 1194, 1194, "0.0.0.0/0") + permission("tcp", 22, 22, "192.0.2.1/32") + permission("tcp", 1, 65535, "0.0.0.0/0"), []Port{}},
		"all protocols":         {permission("-1", 0, 0, "0.0.0.0/0"), []Port{}},
		"closed":                {"", ports},
		"open to one peer only": {permission("udp", 1194, 1194, "192.0.2.1/32") + permission("tcp", 443, 443, "0.0.0.0/0"), ports[:1]},
		"another port":          {permission("udp", 1195, 1200, "0.0.0.0/0") + permission("udp", 443, 443, "0.0.0.0/0"), ports},
	} {
		t.Run(name, func(t *testing.T) {
			serve(t, answers(test.group))
			got, err := Look(t.Context(), map[netip.Addr][]Port{absent: ports, here: ports, another: ports})
			require.NoError(t, err)
			require.Equal(t, []Server{
				{Address: here, Region: "eu-west-1", State: "running", Closed: test.want},
				{Address: another, Region: "eu-west-1"},
				{Address: absent},
			}, got)
		})
	}
}

func TestAWSRefuses(t *testing.T) {
	all := answers("")
	for key := range all {
		some := answers("")
		delete(some, key)
		serve(t, some)
		_, err := Look(t.Context(), map[netip.Addr][]Port{here: ports})
		require.ErrorContains(t, err, "UnauthorizedOperation: You are not authorized.", key)
		require.NotContains(t, err.Error(), "a secret for tests")
	}
	all["us-east-1 DescribeRegions"] = "no XML"
	serve(t, all)
	_, err := Look(t.Context(), map[netip.Addr][]Port{here: ports})
	require.ErrorContains(t, err, "asking AWS for DescribeRegions in us-east-1")
}

func TestWithoutCredentialsNobodyIsAsked(t *testing.T) {
	isolate(t)
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	_, err := Look(t.Context(), map[netip.Addr][]Port{here: ports})
	require.ErrorIs(t, err, ErrNoCredentials)
}

// FuzzAnswers reads any answer to each question.
func FuzzAnswers(f *testing.F) {
	for _, answer := range answers(permission("udp", 1194, 1194, "0.0.0.0/0")) {
		f.Add(answer, 200)
	}
	f.Add(`<Response><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors></Response>`, 403)
	f.Fuzz(func(t *testing.T, answer string, status int) {
		for _, read := range []func([]byte) error{
			func(b []byte) error { _, err := parseRegions(b); return err },
			func(b []byte) error { _, err := parseAddresses(b, "eu-west-1"); return err },
			func(b []byte) error { _, _, err := parseInstance(b); return err },
			func(b []byte) error { _, err := parseRules(b); return err },
			func(b []byte) error { return refusal(b, status) },
		} {
			_ = read([]byte(answer))
		}
		rules, err := parseRules([]byte(answer))
		if err == nil && len(closed(ports, rules)) < len(ports) {
			require.NotEmpty(t, rules)
		}
	})
}
