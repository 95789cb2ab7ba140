// Package link lends pages and profiles to travellers: it puts them into the stack's bucket,
// each behind an address that ends by itself. It never learns the key of a page.
package link

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Longest is the longest time for which a link may work. S3 keeps a page at least as long,
// see pageDays in package vpn.
const Longest = 24 * time.Hour

// Store is the bucket for pages.
type Store struct {
	client *s3.Client
	bucket string
	ends   time.Time // of the credentials; zero if they do not end
}

// Open opens the bucket with the AWS credentials of the environment.
func Open(ctx context.Context, bucket, region string) (Store, error) {
	settings, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return Store{}, fmt.Errorf("reading the AWS configuration: %w", err)
	}
	credentials, err := settings.Credentials.Retrieve(ctx)
	if err != nil {
		return Store{}, fmt.Errorf("finding AWS credentials: %w", err)
	}
	s := Store{bucket: bucket, client: s3.NewFromConfig(settings, func(o *s3.Options) {
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired // or addresses are longer
	})}
	if credentials.CanExpire {
		s.ends = credentials.Expires
	}
	return s, nil
}

// End returns when a link ends that shall work from now for a duration: it works no longer
// than the credentials.
func (s Store) End(now time.Time, duration time.Duration) time.Time {
	end := now.Add(duration).UTC().Truncate(time.Second)
	if !s.ends.IsZero() && s.ends.Before(end) {
		return s.ends.UTC().Truncate(time.Second)
	}
	return end
}

// Loan is a link whose address is signed. Nothing is there before Lend.
type Loan struct {
	Link
	Address string // for a page, without the key
	object  string
}

// Sign signs the address of a link.
func (s Store) Sign(ctx context.Context, l Link, now time.Time) (Loan, error) {
	// Each link has a name of its own, which is never used again: an address that was
	// withdrawn stays dead.
	object := l.object(rand.Text())
	signed, err := s3.NewPresignClient(s.client).PresignGetObject(ctx,
		&s3.GetObjectInput{Bucket: &s.bucket, Key: &object}, s3.WithPresignExpires(l.End.Sub(now)))
	if err != nil {
		return Loan{}, fmt.Errorf("signing the address of a %s: %w", l.Content, err)
	}
	return Loan{l, signed.URL, object}, nil
}

// Lend stores what the address of a loan serves.
func (s Store) Lend(ctx context.Context, l Loan, content []byte) error {
	_, err := s.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &s.bucket, Key: &l.object, Body: bytes.NewReader(content),
		ContentType: aws.String(l.Content.mediaType()), CacheControl: aws.String("no-store"),
	})
	if err != nil {
		return fmt.Errorf("storing the %s in the bucket %q: %w", l.Content, s.bucket, explained(err))
	}
	return nil
}

// List returns the links that have not been withdrawn, by device and end. It also has
// those that ended since S3 last deleted old pages.
func (s Store) List(ctx context.Context) ([]Link, error) {
	objects, err := s.objects(ctx, "")
	if err != nil {
		return nil, err
	}
	var links []Link
	for _, object := range objects {
		l, err := parse(object)
		if err != nil {
			return nil, err
		}
		links = append(links, l)
	}
	slices.SortFunc(links, func(a, b Link) int {
		return cmp.Or(cmp.Compare(a.Device, b.Device), a.End.Compare(b.End), cmp.Compare(a.Content, b.Content))
	})
	return links, nil
}

// Withdraw deletes everything of a device, except links that have the profile of a
// fingerprint, and returns the number of objects. Their addresses stop working at once. No
// link has the fingerprint "".
func (s Store) Withdraw(ctx context.Context, device, except string) (int, error) {
	objects, err := s.objects(ctx, device+"/")
	if err != nil {
		return 0, err
	}
	number := 0
	for _, object := range objects {
		if l, err := parse(object); err == nil && l.Fingerprint == except {
			continue
		}
		if _, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: &object}); err != nil {
			return number, fmt.Errorf("withdrawing a link of %q: %w", device, err)
		}
		number++
	}
	return number, nil
}

// objects returns the names of all objects with that beginning.
func (s Store) objects(ctx context.Context, prefix string) ([]string, error) {
	var names []string
	pages := s3.NewListObjectsV2Paginator(s.client, &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing the bucket %q: %w", s.bucket, explained(err))
		}
		for _, object := range page.Contents {
			names = append(names, *object.Key)
		}
	}
	return names, nil
}

// explained adds what to do about an error of S3.
func explained(err error) error {
	if missing := new(types.NoSuchBucket); errors.As(err, &missing) {
		return fmt.Errorf("%w; run pulumi up, which creates it again", err)
	}
	return err
}

// Link is an address that serves a page or a profile to a traveller.
type Link struct {
	Device      string    `json:"device"`
	Content     Content   `json:"content"`
	Fingerprint string    `json:"fingerprint"` // of the profile, also of that in a page
	End         time.Time `json:"end"`         // when the address stops working, in UTC
}

// Content is what a link serves.
type Content string

// A page is sealed, and a profile is not.
const (
	Page    Content = "page"
	Profile Content = "profile"
)

// mediaType is what the traveller's browser, or app, is told. OpenVPN Connect takes a profile
// of this type only: https://github.com/OpenVPN/openvpn3/blob/master/doc/webauth.md.
func (c Content) mediaType() string {
	if c == Profile {
		return "application/x-openvpn-profile"
	}
	return "text/html; charset=utf-8"
}

// endings are the endings of objects' names.
var endings = map[Content]string{Page: ".html", Profile: ".ovpn"}

const endForm = "20060102T150405Z"

// object returns the name of the link's object: everything but the unique part is there to
// list it.
func (l Link) object(unique string) string {
	return l.Device + "/" + l.End.Format(endForm) + "-" + l.Fingerprint + "-" + unique + endings[l.Content]
}

// parse reads the name of an object.
func parse(object string) (Link, error) {
	foreign := fmt.Errorf("the bucket contains %q, which is not of tripvpn", object)
	device, rest, _ := strings.Cut(object, "/")
	parts := strings.Split(rest, "-")
	if device == "" || len(parts) != 3 || parts[1] == "" {
		return Link{}, foreign
	}
	end, err := time.Parse(endForm, parts[0])
	if err != nil {
		return Link{}, foreign
	}
	for content, ending := range endings {
		if strings.HasSuffix(parts[2], ending) {
			return Link{device, content, parts[1], end}, nil
		}
	}
	return Link{}, foreign
}
