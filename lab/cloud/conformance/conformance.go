// Package conformance holds the stand-ins for provider plugins to the plugins
// themselves: one suite of tests speaks the engine's protocol to a stand-in in
// this process and to the real plugin where that is installed, and asserts the
// same of both. Another holds what every stand-in serves to the names and types
// in the Pulumi SDK. The package owns no provider, and nothing outside its tests.
//
// testdata has a transcript of each test against the plugin: its requests and
// the plugin's answers, with keys, certificates, times, ids and addresses
// masked. The stand-in must give the same answers on every machine, except for
// the differences that its package lists (differences_test.go), and an installed
// plugin must still give them. After a change of a test or of the plugin's
// version, with the plugins installed:
//
//	go test ./cloud/conformance -record
//
// The transcripts of tls are of v5.5.1 built from its source with
// terraform-provider-tls at d72d90e, two weeks before the 4.3.0 that its go.mod
// names. By its changelog (.changes/4.3.0.md), 4.3.0 added a build target only.
package conformance
