// Package conformance holds the stand-ins for provider plugins to the plugins
// themselves: one suite of tests speaks the engine's protocol to a stand-in in
// this process and to the real plugin wherever that is installed, and asserts
// the same of both. It owns no provider, and nothing outside its tests.
package conformance
