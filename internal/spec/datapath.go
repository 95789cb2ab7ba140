package spec

import "errors"

// DataPath is where a server encrypts and decrypts what goes through the tunnel.
type DataPath string

// Data paths.
const (
	UserSpace DataPath = "user"   // OpenVPN's process
	Kernel    DataPath = "kernel" // the kernel's module ovpn, which needs Linux 6.16 and OpenVPN 2.7
	AutoPath  DataPath = "auto"   // the kernel if it can, otherwise OpenVPN's process
)

// CheckDataPath checks a data path for servers of a style. The kernel has no cipher in
// CBC mode, which classic offers (dco_get_supported_ciphers in OpenVPN's dco_linux.c).
func CheckDataPath(p DataPath, s Style) error {
	switch {
	case p != UserSpace && p != Kernel && p != AutoPath:
		return errors.New("is not user, kernel or auto")
	case p == Kernel && s == Classic:
		return errors.New("does not fit the classic style, whose cipher AES-256-CBC the kernel does not have")
	}
	return nil
}
