package spec

// Secret is a value that must not be seen. It prints as a placeholder under
// every fmt verb; only JSON, which is how it travels, and Reveal, which is
// how it reaches a file, give it away.
type Secret string

const redacted = "[secret]"

// String returns the placeholder.
func (Secret) String() string { return redacted }

// GoString returns the placeholder, for %#v.
func (Secret) GoString() string { return redacted }

// Reveal returns the value itself.
func (s Secret) Reveal() string { return string(s) }
