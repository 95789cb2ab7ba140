package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// record is one resource in the state.
type record struct {
	URN     string
	Type    string
	ID      string
	Inputs  map[string]any
	Outputs map[string]any
}

func (s *Stack) records(ctx context.Context) ([]record, error) {
	text, err := s.Decrypted(ctx)
	if err != nil {
		return nil, err
	}
	var state struct{ Resources []record }
	if err := json.Unmarshal(text, &state); err != nil {
		return nil, fmt.Errorf("reading the stack's state: %w", err)
	}
	return state.Resources, nil
}

// Resources lists the URNs in the state.
func (s *Stack) Resources(ctx context.Context) ([]string, error) {
	records, err := s.records(ctx)
	var urns []string
	for _, r := range records {
		urns = append(urns, r.URN)
	}
	return urns, err
}

// IDs lists the IDs of the resources of a type.
func (s *Stack) IDs(ctx context.Context, resourceType string) ([]string, error) {
	records, err := s.records(ctx)
	var ids []string
	for _, r := range records {
		if r.Type == resourceType {
			ids = append(ids, r.ID)
		}
	}
	return ids, err
}

// Property returns a property of a resource that is a string, an output before
// an input, a secret one in plain text. urnEnd is the end of the resource's URN, for example "Eip::NAME".
func (s *Stack) Property(ctx context.Context, urnEnd, name string) (string, error) {
	records, err := s.records(ctx)
	if err != nil {
		return "", err
	}
	for _, r := range records {
		if !strings.HasSuffix(r.URN, urnEnd) {
			continue
		}
		value, isOutput := r.Outputs[name]
		if !isOutput {
			value = r.Inputs[name]
		}
		if text, ok := plain(value); ok {
			return text, nil
		}
	}
	return "", fmt.Errorf("reading the stack's state: no resource %q has a string %q", urnEnd, name)
}

// plain unwraps a decrypted secret: its value as JSON, under
// "plaintext".
func plain(value any) (string, bool) {
	if secret, wrapped := value.(map[string]any); wrapped {
		encoded, _ := secret["plaintext"].(string)
		if json.Unmarshal([]byte(encoded), &value) != nil {
			return "", false
		}
	}
	text, ok := value.(string)
	return text, ok
}

// Rewrite sets an output of a resource in the state, as if its provider had
// returned it. The output must not be secret; secrets stay encrypted on the way.
func (s *Stack) Rewrite(ctx context.Context, urnEnd, name, value string) error {
	text, err := s.Export(ctx)
	if err != nil {
		return err
	}
	var exported struct {
		Version    int            `json:"version"`
		Deployment map[string]any `json:"deployment"`
	}
	if err := json.Unmarshal(text, &exported); err != nil {
		return fmt.Errorf("reading the exported state: %w", err)
	}
	found := 0
	resources, _ := exported.Deployment["resources"].([]any)
	for _, r := range resources {
		resource, _ := r.(map[string]any)
		urn, _ := resource["urn"].(string)
		outputs, _ := resource["outputs"].(map[string]any)
		if strings.HasSuffix(urn, urnEnd) && outputs != nil {
			outputs[name], found = value, found+1
		}
	}
	if found != 1 {
		return fmt.Errorf("rewriting the state: %d resources are called %q, not 1", found, urnEnd)
	}
	if text, err = json.Marshal(exported); err != nil {
		return err
	}
	command := s.Command(ctx, "pulumi", "stack", "import")
	command.Stdin = bytes.NewReader(text)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("importing the state: %w: %s", err, output)
	}
	return nil
}
