package spec

// Secret is a value that must not be shown. It prints as a placeholder under
// every fmt verb. Only JSON, in which it travels, and Reveal, which files need,
// contain it.
type Secret string

const redacted = "[secret]"

// String returns the placeholder.
func (Secret) String() string { return redacted }

// GoString returns the placeholder, for %#v.
func (Secret) GoString() string { return redacted }

// Reveal returns the value itself.
func (s Secret) Reveal() string { return string(s) }
