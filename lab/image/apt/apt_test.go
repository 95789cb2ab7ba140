package apt

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

const deb822 = `Types: deb deb-src
# a comment
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 debian-archive

Types: deb
Enabled: no
URIs: http://off.example
Suites: bookworm
Components: main

Types: deb-src
URIs: http://source.example
Suites: bookworm
Components: main
`

func TestParseStanzas(t *testing.T) {
	sources := Parse("debian.sources", deb822)
	require.Len(t, sources, 2)
	require.Equal(t, Source{
		URIs:       []string{"http://mirror.example/debian/"},
		Suites:     []string{"bookworm", "bookworm-updates"},
		Components: []string{"main", "contrib"},
		SignedBy:   "/usr/share/keyrings/debian-archive-keyring.gpg",
	}, sources[0])
	require.Contains(t, sources[1].SignedBy, "PGP PUBLIC KEY")
}

func TestParseLines(t *testing.T) {
	sources := Parse("sources.list", `
# deb http://off.example bookworm main
deb [arch=amd64 signed-by=/k.gpg] http://a.example/debian bookworm main contrib # why
deb-src http://a.example/debian bookworm main
deb http://b.example/ ./
deb broken
`)
	require.Equal(t, []Source{
		{[]string{"http://a.example/debian"}, []string{"bookworm"}, []string{"main", "contrib"}, "/k.gpg"},
		{[]string{"http://b.example/"}, []string{"./"}, []string{}, ""},
	}, sources)
	require.Empty(t, Parse("nodesource.sources.disabled", deb822))
}

func machine(files map[string]string) fstest.MapFS {
	root := fstest.MapFS{}
	for name, text := range files {
		root[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return root
}

func TestLoad(t *testing.T) {
	const mirrors = "https://near.example/debian/\tpriority:1\nhttps://far.example/debian/\n"
	for name, c := range map[string]struct {
		files          map[string]string
		main, security string
	}{
		"deb822": {
			map[string]string{"etc/apt/sources.list.d/debian.sources": deb822},
			"http://mirror.example/debian", "https://mirror.example/debian-security",
		},
		"one-line": {
			map[string]string{"etc/apt/sources.list": "deb http://x.example/debian trixie main\n" +
				"deb http://y.example/debian-security trixie-security main\n"},
			"http://x.example/debian", "http://y.example/debian-security",
		},
		"no security": {
			map[string]string{"etc/apt/sources.list": "deb http://x.example/debian stable main\n"},
			"http://x.example/debian", "",
		},
		"others first": {
			map[string]string{
				"etc/apt/sources.list":           "deb [signed-by=/k.gpg] http://tool.example stable main\ndeb http://else.example nodistro main\n",
				"etc/apt/sources.list.d/a.list":  "deb cdrom:[Debian GNU/Linux 12.0 - 20230610-10:21]/ bookworm main\ndeb http://shop.example bookworm stable\n",
				"etc/apt/sources.list.d/z.list":  "deb http://x.example/debian bookworm main\n",
				"etc/apt/sources.list.d/zz.list": "deb http://late.example/debian bookworm main\n",
			},
			"http://x.example/debian", "",
		},
		"cloud image": {
			map[string]string{
				"etc/apt/sources.list.d/debian.sources": "Types: deb\nURIs: mirror+file:///etc/apt/mirrors/debian.list\nSuites: trixie\nComponents: main\n",
				"etc/apt/mirrors/debian.list":           mirrors,
			},
			"https://near.example/debian", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			archive, err := Load(machine(c.files))
			require.NoError(t, err)
			require.Equal(t, c.main, archive.Main.String())
			if c.security == "" {
				require.Nil(t, archive.Security)
				return
			}
			require.Equal(t, c.security, archive.Security.String())
		})
	}
}

func TestLoadFindsNoDebian(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"nothing at all":    {},
		"another system":    {"etc/apt/sources.list": "deb http://x.example/ubuntu noble main\n"},
		"a stranger's key":  {"etc/apt/sources.list": "deb [signed-by=/k.gpg] http://x.example stable main\n"},
		"not over HTTP":     {"etc/apt/sources.list": "deb file:/srv/debian bookworm main\n"},
		"only its security": {"etc/apt/sources.list": "deb http://x.example bookworm-security main\n"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(machine(files))
			require.ErrorContains(t, err, "apt has no source of a Debian release")
		})
	}
}

func TestLoadWithoutListOfMirrors(t *testing.T) {
	_, err := Load(machine(map[string]string{"etc/apt/sources.list": "deb mirror+file:/gone.list bookworm main\n"}))
	require.ErrorContains(t, err, "reading apt's list of mirrors")
}

func TestSettings(t *testing.T) {
	s := parseSettings("Acquire \"\";\nAcquire::http::Proxy \"http://proxy.example:3128/\";\n" +
		"Acquire::Check-Valid-Until \"false\";\nAcquire::Languages:: \"none\";\n")
	require.Equal(t, "http://proxy.example:3128/", s.Proxy("http"))
	require.Empty(t, s.Proxy("https"))
	require.Equal(t, []string{`Acquire::Check-Valid-Until "false";`}, s.Lenient())
	require.Empty(t, parseSettings("").Lenient())
}
