package machine

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Seed is the input of cloud-init at the first boot (NoCloud, from a folder:
// docs.cloud-init.io/en/latest/reference/datasources/nocloud.html).
type Seed struct {
	InstanceID    string
	Hostname      string
	AuthorizedKey string // for the image's login user; may be empty
	UserData      string // secret; may be empty
	Network       string // network-config; empty where the network is set up from outside
}

// metadata renders the seed's meta-data. JSON is YAML too.
func (s Seed) metadata() (string, error) {
	data := map[string]any{"instance-id": s.InstanceID, "local-hostname": s.Hostname}
	if s.AuthorizedKey != "" {
		data["public-keys"] = []string{s.AuthorizedKey}
	}
	text, err := json.Marshal(data)
	if err != nil {
		return "", fmt.Errorf("rendering meta-data: %w", err)
	}
	return string(text), nil
}

// disk is a machine's folder: what it wrote over the image, and its console.
type disk struct {
	folder string
	layers []string // of the image, the topmost first
}

func (d disk) upper() string   { return filepath.Join(d.folder, "upper") }
func (d disk) work() string    { return filepath.Join(d.folder, "work") }
func (d disk) root() string    { return filepath.Join(d.folder, "root") }
func (d disk) console() string { return filepath.Join(d.folder, "console.log") }

// overlay are the options of overlay's mount.
func (d disk) overlay() string {
	return fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", strings.Join(d.layers, ":"), d.upper(), d.work())
}

// create makes the disk, with a seed if there is one.
func (d disk) create(seed *Seed) error {
	if _, err := os.Stat(d.folder); err == nil {
		return fmt.Errorf("making disk %q: it exists", d.folder)
	}
	for _, folder := range []string{d.upper(), d.work(), d.root()} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return fmt.Errorf("making disk: %w", err)
		}
	}
	if seed == nil {
		return nil
	}
	return d.plant(*seed)
}

// plant writes the seed where the machine will see it. The folders above must
// look like the image's, because the overlay shows the upper one's mode.
func (d disk) plant(seed Seed) error {
	metadata, err := seed.metadata()
	if err != nil {
		return err
	}
	folder := filepath.Join(d.upper(), "var/lib/cloud/seed/nocloud")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("planting seed: %w", err)
	}
	files := map[string]string{"meta-data": metadata, "user-data": seed.UserData}
	if seed.Network != "" {
		files["network-config"] = seed.Network
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("planting seed: %w", err)
		}
	}
	return nil
}

func (d disk) remove() error {
	if err := os.RemoveAll(d.folder); err != nil {
		return fmt.Errorf("removing disk: %w", err)
	}
	return nil
}

// lastWords are the console's last lines, for an error.
func (d disk) lastWords() string {
	text, err := os.ReadFile(d.console())
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-10):], "\n")
}
