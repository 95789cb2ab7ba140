package ec2

import "tripvpn/lab/cloud/apierror"

// refuse refuses as EC2 does. The codes are those of
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html.
func refuse(code, format string, args ...any) error {
	return apierror.New(code, format, args...)
}
