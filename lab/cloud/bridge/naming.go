package bridge

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"regexp"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// nameOf is the input that names a resource, for which upstream makes up a name
// if it is missing: the resource's name, a dash and seven hexadecimal digits.
var nameOf = map[tokens.Type]string{
	"aws:ec2/securityGroup:SecurityGroup": "name",
	"aws:ec2/keyPair:KeyPair":             "keyName",
	"aws:s3/bucketV2:BucketV2":            "bucket", // in lower case upstream
}

var madeUp = regexp.MustCompile(`^-[0-9a-f]{7}$`)

// withNames sets a made-up name, the old one if there is one, before a resource is
// checked.
func withNames(check checkFunc) checkFunc {
	return func(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
		key, named := nameOf[req.Urn.Type()]
		if named && req.Inputs.Get(key).IsNull() {
			name := req.State.Get(key)
			if !isMadeUp(name, req.Urn.Name()) {
				name = property.New(req.Urn.Name() + invent())
			}
			req.Inputs = req.Inputs.Set(key, name)
		}
		return check(ctx, req)
	}
}

// invent makes up the end of a name. The provider library does not pass on the
// engine's seed for it.
func invent() string {
	var b [4]byte
	rand.Read(b[:]) // never fails: it ends the process instead
	return "-" + hex.EncodeToString(b[:])[:7]
}

// isMadeUp reports whether a name was made up, and not set by the program. The
// provider knows it from a list of defaults among the inputs.
func isMadeUp(name property.Value, resource string) bool {
	if !name.IsString() {
		return false
	}
	rest, ok := strings.CutPrefix(name.AsString(), resource)
	return ok && madeUp.MatchString(rest)
}

// keepsName reports whether the replacement of a resource has the same name, set
// by the program. Two cannot exist, so the old one must be deleted first.
func keepsName(req p.DiffRequest) bool {
	name, old := req.Inputs.Get(nameOf[req.Urn.Type()]), req.OldInputs.Get(nameOf[req.Urn.Type()])
	return name.IsString() && name.Equals(old) && !isMadeUp(name, req.Urn.Name())
}
