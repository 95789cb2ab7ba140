// Package s3 stands in for the control plane of Amazon S3: the buckets of an account and
// their settings. A bucket's objects are the files of a folder; an S3 server written by
// others serves them, see package world.
//
// Differences from S3: there are the settings that the program uses, a rule of a lifecycle
// deletes nothing, and a public access block opens and closes nothing.
package s3

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"

	"tripvpn/lab/cloud/apierror"
)

// Buckets are the buckets of an account. They may be used by several goroutines at once.
type Buckets struct {
	folder string // contains a folder for each bucket, or empty

	mu  sync.Mutex
	all map[string]*Bucket
}

// Bucket is a bucket and its settings.
type Bucket struct {
	Name, Region string
	Tags         map[string]string
	Block        *PublicAccessBlock
	Rules        []Rule
}

// PublicAccessBlock is what S3 refuses about public access.
type PublicAccessBlock struct {
	BlockACLs, BlockPolicy, IgnoreACLs, RestrictBuckets bool
}

// Rule is a rule of a lifecycle: objects end at an age.
type Rule struct {
	ID, Status, Prefix string
	Days               int
}

// New opens an account without buckets. The folder is for their objects; without one,
// there are none.
func New(folder string) *Buckets { return &Buckets{folder: folder, all: map[string]*Bucket{}} }

// validName is most of
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html.
var validName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// CreateBucket creates a bucket in a region.
func (b *Buckets) CreateBucket(name, region string, tags map[string]string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !validName.MatchString(name) {
		return apierror.New("InvalidBucketName", "The specified bucket is not valid.")
	}
	if b.all[name] != nil {
		return apierror.New("BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.")
	}
	if b.folder != "" {
		if err := os.Mkdir(filepath.Join(b.folder, name), 0o700); err != nil {
			return fmt.Errorf("creating the folder of a bucket: %w", err)
		}
	}
	b.all[name] = &Bucket{Name: name, Region: region, Tags: maps.Clone(tags)}
	return nil
}

// HeadBucket describes a bucket.
func (b *Buckets) HeadBucket(name string) (Bucket, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	found, err := b.find(name)
	if err != nil {
		return Bucket{}, err
	}
	copied := *found
	copied.Tags, copied.Rules = maps.Clone(found.Tags), slices.Clone(found.Rules)
	return copied, nil
}

// Change changes the settings of a bucket.
func (b *Buckets) Change(name string, change func(*Bucket)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	found, err := b.find(name)
	if err != nil {
		return err
	}
	change(found)
	return nil
}

// DeleteObjects deletes all objects of a bucket.
func (b *Buckets) DeleteObjects(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, err := b.find(name); err != nil || b.folder == "" {
		return err
	}
	entries, err := os.ReadDir(filepath.Join(b.folder, name))
	if err != nil {
		return fmt.Errorf("emptying a bucket: %w", err)
	}
	for _, entry := range entries {
		if err := os.RemoveAll(filepath.Join(b.folder, name, entry.Name())); err != nil {
			return fmt.Errorf("emptying a bucket: %w", err)
		}
	}
	return nil
}

// DeleteBucket deletes an empty bucket.
func (b *Buckets) DeleteBucket(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, err := b.find(name); err != nil {
		return err
	}
	if b.folder != "" {
		if err := os.Remove(filepath.Join(b.folder, name)); err != nil {
			return apierror.New("BucketNotEmpty", "The bucket you tried to delete is not empty")
		}
	}
	delete(b.all, name)
	return nil
}

// Inventory lists the buckets: region and name.
func (b *Buckets) Inventory() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var lines []string
	for _, bucket := range b.all {
		lines = append(lines, bucket.Region+" "+bucket.Name)
	}
	slices.Sort(lines)
	return lines
}

func (b *Buckets) find(name string) (*Bucket, error) {
	if found := b.all[name]; found != nil {
		return found, nil
	}
	return nil, apierror.New("NoSuchBucket", "The specified bucket does not exist")
}
