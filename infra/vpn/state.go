package vpn

import (
	"encoding/json"
	"fmt"
	"strings"
)

// State is the stack's state from before the run, as far as it concerns AWS.
type State struct {
	ids     map[string]bool
	servers map[string]ServerState // by instance ID
}

// ServerState is an instance as the stack's state describes it. The zero value
// means that there is none.
type ServerState struct {
	ID    string // "i-0123456789abcdef0"
	Type  string // "t4g.nano"
	Zone  string // "us-east-1b"
	Image string // the setting that it was built with: "debian-13"
}

// ReadState reads the JSON that `pulumi stack export` prints (apitype.DeploymentV3
// in Pulumi's SDK).
func ReadState(exported []byte) (State, error) {
	var file struct {
		Deployment struct {
			Resources []struct {
				Type, ID string
				Outputs  struct {
					InstanceType     any
					AvailabilityZone any
					KeyPairID        any
					Tags             any
				}
			}
		}
	}
	if err := json.Unmarshal(exported, &file); err != nil {
		return State{}, fmt.Errorf("reading the stack's state: %w", err)
	}
	s := State{ids: map[string]bool{}, servers: map[string]ServerState{}}
	for _, r := range file.Deployment.Resources {
		if !strings.HasPrefix(r.Type, "aws:") {
			continue
		}
		s.ids[r.ID] = true
		if id, ok := r.Outputs.KeyPairID.(string); ok {
			s.ids[id] = true // the ID of the Pulumi resource is the key pair's name
		}
		if r.Type == "aws:ec2/instance:Instance" {
			server := ServerState{ID: r.ID}
			server.Type, _ = r.Outputs.InstanceType.(string)
			server.Zone, _ = r.Outputs.AvailabilityZone.(string)
			tags, _ := r.Outputs.Tags.(map[string]any)
			server.Image, _ = tags[tagImage].(string)
			s.servers[r.ID] = server
		}
	}
	return s, nil
}

// Knows reports whether a resource with this ID is in the state.
func (s State) Knows(id string) bool { return s.ids[id] }

// Server returns the first of the instances that is in the state, or the zero
// value.
func (s State) Server(ids []string) ServerState {
	for _, id := range ids {
		if server, known := s.servers[id]; known {
			return server
		}
	}
	return ServerState{}
}
