package doctor

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Page is the page with which Firefox looks for login pages. It is asked for without
// anything about this machine or the profile.
const (
	Page     = "http://detectportal.firefox.com/success.txt"
	pageBody = "success"
)

// lookAtWeb asks for a page, and returns this machine's clock at the same time.
func lookAtWeb(ctx context.Context, page string) (Web, time.Time) {
	client := http.Client{
		Timeout: webPatience,
		// Login pages redirect.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		// Without a proxy, which clients do not use either.
		Transport: &http.Transport{DisableKeepAlives: true},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return Web{Err: err}, time.Now()
	}
	request.Header.Set("User-Agent", "") // sends none
	response, err := client.Do(request)
	now := time.Now()
	if err != nil {
		return Web{Err: errors.New("it does not answer")}, now // err would have addresses
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1024))
	return Web{
		Genuine: err == nil && response.StatusCode == http.StatusOK && strings.TrimSpace(string(body)) == pageBody,
		Time:    timeOf(response.Header),
	}, now
}

// timeOf returns the clock of the server: Date, and the seconds for which a cache has kept
// the answer (RFC 9110, section 6.6.1, and RFC 9111, section 5.1).
func timeOf(h http.Header) time.Time {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	age, err := strconv.ParseUint(h.Get("Age"), 10, 31)
	if err != nil {
		age = 0
	}
	return date.Add(time.Duration(age) * time.Second)
}
