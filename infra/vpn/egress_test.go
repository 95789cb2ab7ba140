package vpn

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// service returns the URL of an address service with that handler.
func service(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server.URL
}

func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func TestAddressServiceAnswers(t *testing.T) {
	address, err := askForAddress(t.Context(), service(t, answers(200, "203.0.113.7\n")))
	require.NoError(t, err)
	require.Equal(t, "203.0.113.7", address.String())

	for want, answer := range map[string]http.HandlerFunc{
		`it answered 503 "203.0.113.7"`: answers(503, "203.0.113.7"),
		`it answered 200 ""`:            answers(200, ""),
		`it answered 200 "2001:db8::1"`: answers(200, "2001:db8::1"),
		`it answered 200 "<html>"`:      answers(200, "<html>"),
		`it answered 200 "203.0.113.7 `: answers(200, "203.0.113.7 and much more"),
	} {
		url := service(t, answer)
		_, err := askForAddress(t.Context(), url)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, url)
	}
}

func TestAnEndlessAnswerIsCutOff(t *testing.T) {
	_, err := askForAddress(t.Context(), service(t, func(w http.ResponseWriter, _ *http.Request) {
		for err := error(nil); err == nil; {
			_, err = fmt.Fprint(w, strings.Repeat("1", 1<<10))
		}
	}))
	require.ErrorContains(t, err, `it answered 200 "`+strings.Repeat("1", 64)+`"`)
}

func TestAServiceThatDoesNotAnswerTimesOut(t *testing.T) {
	for name, beginning := range map[string]string{"no answer": "", "half an answer": "203.0.113."} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			url := service(t, func(w http.ResponseWriter, r *http.Request) {
				if beginning != "" {
					fmt.Fprint(w, beginning)
					w.(http.Flusher).Flush()
				}
				<-r.Context().Done()
			})
			_, err := askForAddress(ctx, url)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.ErrorContains(t, err, url)
		})
	}
}
