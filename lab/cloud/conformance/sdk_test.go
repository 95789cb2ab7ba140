package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	pschema "github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/serve"
)

// sdkStructs are the SDK's structs of a resource or a function.
type sdkStructs struct{ inputs, outputs reflect.Type }

// resourceStructs are those of a resource, by its SDK's Args and its own type.
func resourceStructs[Resource any](args pulumi.Input) sdkStructs {
	return sdkStructs{args.ElementType(), reflect.TypeFor[Resource]()}
}

func functionStructs[Args, Result any]() sdkStructs {
	return sdkStructs{reflect.TypeFor[Args](), reflect.TypeFor[Result]()}
}

// Whatever a stand-in knows has the name and the type that the SDK gives it, and
// what the SDK requires is required.
func TestStandInsHaveTheSDKsProperties(t *testing.T) {
	for _, plugin := range []serve.Plugin{awsPlugin, tlsPlugin, commandPlugin} {
		t.Run(plugin.Name, func(t *testing.T) {
			c := &comparison{schema: schemaOf(t, plugin)}
			served := slices.Concat(
				slices.Collect(maps.Keys(c.schema.Resources)), slices.Collect(maps.Keys(c.schema.Functions)))
			require.ElementsMatch(t, served, slices.Collect(maps.Keys(sdk[plugin.Name])), "the resources and functions in the table")
			for token, structs := range sorted(sdk[plugin.Name]) {
				c.token(token, structs)
			}
			if structs, ok := sdkConfig[plugin.Name]; ok {
				c.inputs("configuration", c.schema.Config.Variables, c.schema.Config.Required, structs)
			}
			require.Empty(t, c.differences)
		})
	}
}

// schemaOf asks a stand-in what it serves.
func schemaOf(t *testing.T, plugin serve.Plugin) pschema.PackageSpec {
	t.Helper()
	server, err := serve.Listen(plugin)
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	response, err := dial(t, plugin.Name, server.Address(), newEngine(t)).client.
		GetSchema(context.Background(), &pulumirpc.GetSchemaRequest{})
	require.NoError(t, err)
	var schema pschema.PackageSpec
	require.NoError(t, json.Unmarshal([]byte(response.GetSchema()), &schema))
	return schema
}

// comparison collects the differences of a stand-in's schema from the SDK.
type comparison struct {
	schema      pschema.PackageSpec
	differences []string
}

func (c *comparison) differs(path, format string, args ...any) {
	c.differences = append(c.differences, path+": "+fmt.Sprintf(format, args...))
}

func (c *comparison) token(token string, structs sdkStructs) {
	if resource, ok := c.schema.Resources[token]; ok {
		inputs := maps.Clone(resource.InputProperties)
		delete(inputs, "tagsAll") // Check adds it; see bridge.Tagging
		c.inputs(token, inputs, resource.RequiredInputs, structs.inputs)
		c.properties(token, resource.Properties, structs.outputs)
		return
	}
	function := c.schema.Functions[token]
	c.inputs(token, function.Inputs.Properties, function.Inputs.Required, structs.inputs)
	c.properties(token, function.ReturnType.ObjectTypeSpec.Properties, structs.outputs)
}

// inputs are properties of which those that the SDK requires must be required.
func (c *comparison) inputs(path string, properties map[string]pschema.PropertySpec, required []string, sdk reflect.Type) {
	c.properties(path, properties, sdk)
	fields := sdkFields(sdk)
	for name := range sorted(properties) {
		if field, ok := fields[name]; ok && requires(field) && !slices.Contains(required, name) {
			c.differs(path+"."+name, "is optional, but the SDK requires it")
		}
	}
}

func (c *comparison) properties(path string, properties map[string]pschema.PropertySpec, sdk reflect.Type) {
	fields := sdkFields(sdk)
	for name, property := range sorted(properties) {
		if field, ok := fields[name]; ok {
			c.value(path+"."+name, property.TypeSpec, field)
		} else {
			c.differs(path+"."+name, "%v has no such property", sdk)
		}
	}
}

// value compares one type. The SDK's optional values are pointers.
func (c *comparison) value(path string, spec pschema.TypeSpec, sdk reflect.Type) {
	if sdk.Kind() == reflect.Pointer {
		sdk = sdk.Elem()
	}
	name, local := strings.CutPrefix(spec.Ref, "#/types/")
	kind := map[string]reflect.Kind{
		"string": reflect.String, "integer": reflect.Int, "number": reflect.Float64, "boolean": reflect.Bool,
		"array": reflect.Slice, "object": reflect.Map,
	}[spec.Type]
	switch {
	case local:
		kind = reflect.Struct
	case spec.Ref != "":
		kind = reflect.Interface // pulumi.json#/Any and #/Asset
	}
	if sdk.Kind() != kind {
		c.differs(path, "%s%s, but in the SDK %v", spec.Type, spec.Ref, sdk)
		return
	}
	switch kind {
	case reflect.Struct:
		object := c.schema.Types[name]
		c.inputs(path, object.Properties, object.Required, sdk)
	case reflect.Slice:
		c.value(path+"[]", *spec.Items, sdk.Elem())
	case reflect.Map:
		c.value(path+"{}", *spec.AdditionalProperties, sdk.Elem())
	}
}

// sdkFields are the plain types of a struct's properties: of an output, that of
// its value.
func sdkFields(sdk reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for i := range sdk.NumField() {
		field := sdk.Field(i)
		name, ok := field.Tag.Lookup("pulumi")
		if !ok {
			continue
		}
		fields[name] = field.Type
		if output, ok := reflect.Zero(field.Type).Interface().(pulumi.Output); ok {
			fields[name] = output.ElementType()
		}
	}
	return fields
}

// requires reports whether the SDK requires an input of that plain type. Lists
// and maps may be required, but their types do not show it.
func requires(sdk reflect.Type) bool {
	switch sdk.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return false
	}
	return true
}
