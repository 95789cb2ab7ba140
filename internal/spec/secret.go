package spec

// Secret is a value that must not be printed: every fmt verb prints a placeholder.
// Only the JSON encoding, for transport, and Reveal, for files, contain the value.
type Secret string

const redacted = "[secret]"

// String returns the placeholder.
func (Secret) String() string { return redacted }

// GoString returns the placeholder, for %#v.
func (Secret) GoString() string { return redacted }

// Reveal returns the value itself.
func (s Secret) Reveal() string { return string(s) }
