package config

import "tripvpn/internal/spec"

// dataPath checks where servers encrypt and decrypt.
func (p *Problems) dataPath(s Settings) spec.DataPath {
	path := spec.DataPath(s.DataPath)
	if err := spec.CheckDataPath(path, spec.Style(s.Style)); err != nil {
		p.Add("dataPath", s.DataPath, err.Error(), Set("dataPath", string(spec.AutoPath)))
	} else if path == spec.Kernel && !offloading(s.Image) {
		p.Add("dataPath", s.DataPath, "needs Linux 6.16 and OpenVPN 2.7, which "+s.Image+" does not have",
			Set("dataPath", string(spec.AutoPath))+", or "+Set("image", "debian-13"))
	}
	return path
}

// offloading reports whether an image has what the kernel's data path needs, or can get it
// from its distributor. Of an AMI, only its host can tell.
func offloading(image string) bool {
	return image == "ubuntu-26.04" || image == "debian-13" || amiID.MatchString(image)
}

// Backports reports whether servers get OpenVPN and a kernel from Debian's backports.
func (c Config) Backports() bool { return c.DataPath == spec.Kernel && c.Image.Name == "debian-13" }
