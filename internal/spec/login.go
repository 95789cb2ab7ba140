package spec

// LoginUser is the operator's user on every host, whatever the image, and the only one
// that may log in.
const LoginUser = "tripvpn"
