// Package link lends pages to travellers: it puts them into the stack's bucket, each
// behind an address that ends by itself. It never learns the key of a page.
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

// Lend stores a device's page of that fingerprint, and returns its address, without the
// key. The address works from now for a duration, but no longer than the credentials.
func (s Store) Lend(ctx context.Context, device, fingerprint string, page []byte, now time.Time, duration time.Duration) (address string, end time.Time, err error) {
	end = now.Add(duration).UTC().Truncate(time.Second)
	if !s.ends.IsZero() && s.ends.Before(end) {
		end = s.ends.UTC()
	}
	// Each link has a name of its own, which is never used again: an address that was
	// withdrawn stays dead.
	l := Link{Device: device, Fingerprint: fingerprint, End: end}
	object := l.object(rand.Text())
	_, err = s.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &s.bucket, Key: &object, Body: bytes.NewReader(page),
		ContentType: aws.String("text/html; charset=utf-8"), CacheControl: aws.String("no-store"),
	})
	if err != nil {
		return "", time.Time{}, fmt.Errorf("storing the page in the bucket %q: %w", s.bucket, err)
	}
	signed, err := s3.NewPresignClient(s.client).PresignGetObject(ctx,
		&s3.GetObjectInput{Bucket: &s.bucket, Key: &object}, s3.WithPresignExpires(end.Sub(now)))
	if err != nil {
		return "", time.Time{}, fmt.Errorf("signing the page's address: %w", err)
	}
	return signed.URL, end, nil
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
	slices.SortFunc(links, func(a, b Link) int { return cmp.Or(cmp.Compare(a.Device, b.Device), a.End.Compare(b.End)) })
	return links, nil
}

// Withdraw deletes all pages of a device, and returns their number. Their addresses stop
// working at once.
func (s Store) Withdraw(ctx context.Context, device string) (int, error) {
	objects, err := s.objects(ctx, device+"/")
	if err != nil {
		return 0, err
	}
	for _, object := range objects {
		if _, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: &object}); err != nil {
			return 0, fmt.Errorf("deleting a page of %q: %w", device, err)
		}
	}
	return len(objects), nil
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

// Link is a page that is lent to a traveller.
type Link struct {
	Device      string    `json:"device"`
	Fingerprint string    `json:"fingerprint"` // of the profile in the page
	End         time.Time `json:"end"`         // when the address stops working, in UTC
}

const endForm = "20060102T150405Z"

// object returns the name of the link's object: everything but the unique part is there to
// list it.
func (l Link) object(unique string) string {
	return l.Device + "/" + l.End.Format(endForm) + "-" + l.Fingerprint + "-" + unique + ".html"
}

// parse reads the name of an object.
func parse(object string) (Link, error) {
	device, rest, _ := strings.Cut(object, "/")
	parts := strings.Split(rest, "-")
	if device == "" || len(parts) != 3 {
		return Link{}, fmt.Errorf("the bucket contains %q, which is not a page of tripvpn", object)
	}
	end, err := time.Parse(endForm, parts[0])
	if err != nil {
		return Link{}, fmt.Errorf("the bucket contains %q, which is not a page of tripvpn", object)
	}
	return Link{device, parts[1], end}, nil
}
