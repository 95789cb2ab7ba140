package ec2

import (
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"maps"
	"strings"

	"golang.org/x/crypto/ssh"
)

// KeySpec is what ImportKeyPair is asked for.
type KeySpec struct {
	Name      string
	PublicKey string // authorized_keys form
	Tags      map[string]string
}

// Key is the public half of a key pair.
type Key struct {
	ID          string
	Name        string
	PublicKey   string
	Type        string // "rsa" or "ed25519"
	Fingerprint string
	Tags        map[string]string
}

// Check refuses what EC2 cannot import: it knows RSA and Ed25519 only, see
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/create-key-pairs.html.
func (s KeySpec) Check() error {
	if len(s.Name) > 255 || !ascii(s.Name) {
		return refuse("InvalidParameterValue", "Value (%s) for parameter KeyName is invalid. "+
			"Character sets beyond ASCII are not supported.", s.Name)
	}
	if s.PublicKey == "" {
		return nil
	}
	_, _, err := examineKey(s.PublicKey)
	return err
}

func examineKey(text string) (keyType, fingerprint string, err error) {
	malformed := refuse("InvalidKey.Format", "Key is not in valid OpenSSH public key format")
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(text))
	if err != nil {
		return "", "", malformed
	}
	switch key.Type() {
	case ssh.KeyAlgoED25519:
		sum := sha256.Sum256(key.Marshal())
		return "ed25519", base64.StdEncoding.EncodeToString(sum[:]), nil
	case ssh.KeyAlgoRSA:
		public := key.(ssh.CryptoPublicKey).CryptoPublicKey().(*rsa.PublicKey)
		fingerprint, err := fingerprintRSA(public)
		return "rsa", fingerprint, err
	}
	return "", "", malformed
}

// fingerprintRSA is the MD5 of the key's DER form, which is how EC2 knows an
// imported RSA key.
func fingerprintRSA(key *rsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("fingerprinting key: %w", err)
	}
	sum := md5.Sum(der)
	return strings.ReplaceAll(fmt.Sprintf("% x", sum), " ", ":"), nil
}

// ImportKeyPair takes in a public key.
func (r *Region) ImportKeyPair(s KeySpec) (Key, error) {
	if err := r.authorize("ImportKeyPair", "key-pair/"+s.Name); err != nil {
		return Key{}, err
	}
	if err := s.Check(); err != nil {
		return Key{}, err
	}
	keyType, fingerprint, err := examineKey(s.PublicKey)
	if err != nil {
		return Key{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, taken := r.keys[s.Name]; taken {
		return Key{}, refuse("InvalidKeyPair.Duplicate", "The keypair already exists")
	}
	k := &Key{ID: newID("key"), Name: s.Name, PublicKey: s.PublicKey, Type: keyType, Fingerprint: fingerprint,
		Tags: maps.Clone(s.Tags)}
	r.keys[k.Name] = k
	return k.clone(), nil
}

// DescribeKeyPair finds a key by its name.
func (r *Region) DescribeKeyPair(name string) (Key, error) {
	return describe(r, "DescribeKeyPairs", r.key, name)
}

// TagKeyPair replaces a key's tags.
func (r *Region) TagKeyPair(name string, tags map[string]string) error {
	return tag(r, "key-pair", r.key, name, func(k *Key) { k.Tags = maps.Clone(tags) })
}

// DeleteKeyPair forgets a key, by its name or ID; instances that were launched with
// it keep it. A key that is not there is not an error.
func (r *Region) DeleteKeyPair(key string) error {
	if err := r.authorize("DeleteKeyPair", "key-pair/"+key); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.keys, func(name string, k *Key) bool { return name == key || k.ID == key })
	return nil
}

func (r *Region) key(name string) (*Key, error) {
	k, ok := r.keys[name]
	if !ok {
		return nil, refuse("InvalidKeyPair.NotFound", "The key pair '%s' does not exist", name)
	}
	return k, nil
}

func (k *Key) clone() Key {
	c := *k
	c.Tags = maps.Clone(k.Tags)
	return c
}
