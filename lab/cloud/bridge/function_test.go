package bridge_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/require"
)

const (
	getAmi       = "aws:ec2/getAmi:getAmi"
	getOfferings = "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings"
)

func (a *attached) call(token tokens.Type, args props) resource.PropertyMap {
	a.t.Helper()
	result, failures, err := a.invoke(token, args)
	require.NoError(a.t, err)
	require.Empty(a.t, failures)
	require.True(a.t, result["id"].IsString(), "every function has an id")
	return result
}

// listed are the strings of a list.
func listed(v resource.PropertyValue) []string {
	var texts []string
	for _, element := range v.ArrayValue() {
		texts = append(texts, element.StringValue())
	}
	return texts
}

func filter(name, value string) []any {
	return []any{props{"name": name, "values": []any{value}}}
}

func TestImagesAreFound(t *testing.T) {
	a := configured(t, props{})
	newest := a.call(getAmi, props{
		"owners": []any{"136693071363"}, "mostRecent": true, "filters": filter("name", "debian-*-arm64-*"),
	})
	require.Regexp(t, "^debian-13-arm64-", newest["name"].StringValue())
	require.Equal(t, "arm64", newest["architecture"].StringValue())
	require.Equal(t, "/dev/xvda", newest["rootDeviceName"].StringValue())
	require.Equal(t, newest["imageId"], newest["id"])
	again := a.call(getAmi, props{"filters": filter("image-id", newest["imageId"].StringValue())})
	require.Equal(t, newest["name"], again["name"])
}

func TestOfferingsAreFound(t *testing.T) {
	a := configured(t, props{})
	offerings := a.call(getOfferings, props{
		"locationType": "availability-zone", "filters": filter("instance-type", "t4g.nano"),
	})
	require.Equal(t, []string{"us-east-1b", "us-east-1c"}, listed(offerings["locations"]))
	require.Equal(t, []string{"t4g.nano", "t4g.nano"}, listed(offerings["instanceTypes"]))
	require.Equal(t, "us-east-1", offerings["id"].StringValue())
	nowhere := a.call(getOfferings, props{
		"locationType": "availability-zone", "filters": filter("instance-type", "t9.huge"),
	})
	require.Empty(t, listed(nowhere["locations"]))
}

func TestFunctionsRefuse(t *testing.T) {
	a := configured(t, props{})
	for name, c := range map[string]struct {
		token tokens.Type
		args  props
		words string
	}{
		"no image":                 {getAmi, props{"filters": filter("name", "windows-*")}, "Your query returned no results."},
		"several images":           {getAmi, props{"filters": filter("name", "debian-*")}, "Your query returned more than one result."},
		"a filter that is not":     {getAmi, props{"filters": filter("colour", "blue")}, "The filter 'colour' is invalid"},
		"offerings by region":      {getOfferings, props{}, "does not support offerings by anything but locationType"},
		"offerings by some filter": {getOfferings, props{"locationType": "availability-zone", "filters": filter("price", "low")}, `filter "price"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := a.invoke(c.token, c.args)
			require.ErrorContains(t, err, c.words)
		})
	}
	_, failures, err := a.invoke(getAmi, props{"executableUsers": []any{"self"}})
	require.NoError(t, err)
	require.Len(t, failures, 1, "an argument that is not supported is refused")
}
