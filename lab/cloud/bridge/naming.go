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

// nameOf says which input names a resource, where upstream makes up a name for
// one without: the resource's name, a dash and seven hexadecimal digits.
var nameOf = map[tokens.Type]string{
	"aws:ec2/securityGroup:SecurityGroup": "name",
	"aws:ec2/keyPair:KeyPair":             "keyName",
}

var madeUp = regexp.MustCompile(`^-[0-9a-f]{7}$`)

// withNames gives a resource the made-up name it had, or makes one up, before it
// is checked.
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

// invent makes up the end of a name. The engine's seed for it does not get
// through the provider library.
func invent() string {
	var b [4]byte
	rand.Read(b[:]) // never fails: it ends the process instead
	return "-" + hex.EncodeToString(b[:])[:7]
}

// isMadeUp tells a name that was made up for a resource from one that its program
// gives. The provider knows it by a list of defaults among the inputs.
func isMadeUp(name property.Value, resource string) bool {
	if !name.IsString() {
		return false
	}
	rest, ok := strings.CutPrefix(name.AsString(), resource)
	return ok && madeUp.MatchString(rest)
}

// keepsName tells whether the replacement of a resource is to have the name
// that the program gave the old one: there cannot be two, so the old one has
// to go first.
func keepsName(req p.DiffRequest) bool {
	name, old := req.Inputs.Get(nameOf[req.Urn.Type()]), req.OldInputs.Get(nameOf[req.Urn.Type()])
	return name.IsString() && name.Equals(old) && !isMadeUp(name, req.Urn.Name())
}
