package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	// dialAttempts bounds the retries, which are made only while no connection
	// stands and Meta cannot have seen the request.
	dialAttempts = 3
	dialPause    = 100 * time.Millisecond
)

// forwardedHeaders go to Meta, returnedHeaders come back. Lists of what passes
// leave out hop-by-hop headers, X-Helpdesk-*, cookies and an Idempotency-Key,
// with which net/http would repeat a request that Meta may have seen.
var (
	forwardedHeaders = []string{"Authorization", "Content-Type", "Accept", "Accept-Language", "User-Agent"}
	returnedHeaders  = []string{"Content-Type", "Retry-After", "Www-Authenticate", "X-App-Usage",
		"X-Business-Use-Case-Usage", "X-Fb-Request-Id", "X-Fb-Trace-Id"}
)

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    5 * time.Second,
		MaxIdleConnsPerHost:    maxSending,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

var (
	errGraphUnreachable = errors.New("Graph API cannot be reached")
	errGraphTimeout     = errors.New("Graph API did not answer in time")
	errGraphBroken      = errors.New("connection to the Graph API broke")
	errGraphAnswer      = errors.New("answer of the Graph API could not be read whole")
)

// forward posts body to target and returns Meta's answer, or one of the
// proxy's own beside an error that names neither address nor headers. accepted
// tells that Meta answered with success, whether its body could be read or not.
func (p *proxy) forward(ctx context.Context, target string, header http.Header, body []byte) (a graphAnswer, accepted bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	var response *http.Response
	for attempt := 1; ; attempt++ {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
		if err != nil {
			return refuseSend(http.StatusBadGateway, "the Graph API's address is not valid; nothing was sent"), false, errGraphUnreachable
		}
		for _, name := range forwardedHeaders {
			if values := header[name]; len(values) > 0 {
				request.Header[name] = values
			}
		}
		if response, err = p.client.Do(request); err == nil {
			break
		}
		if notDialled(err) && attempt < dialAttempts && pause(ctx, time.Duration(attempt)*dialPause) {
			continue
		}
		a, err := unanswered(err)
		return a, false, err
	}
	defer response.Body.Close()
	accepted = response.StatusCode >= 200 && response.StatusCode <= 299
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxGraphAnswer+1))
	if err != nil || len(answer) > maxGraphAnswer {
		return refuseSend(http.StatusBadGateway, errGraphAnswer.Error()+"; the message may have been sent"), accepted, errGraphAnswer
	}
	a = graphAnswer{status: response.StatusCode, header: make(http.Header), body: answer}
	for _, name := range returnedHeaders {
		if values := response.Header[name]; len(values) > 0 {
			a.header[name] = values
		}
	}
	return a, accepted, nil
}

// notDialled: the request failed before there was a connection.
func notDialled(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// unanswered says what an error means for the message. The error's own text
// would name the address, with the caller's query in it, so only a failed
// dial's cause is passed on.
func unanswered(err error) (graphAnswer, error) {
	var op *net.OpError
	var timeout net.Error
	switch {
	case errors.As(err, &op) && op.Op == "dial":
		return refuseSend(http.StatusBadGateway, errGraphUnreachable.Error()+"; nothing was sent"),
			fmt.Errorf("%w: %w", errGraphUnreachable, op)
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return refuseSend(http.StatusGatewayTimeout, errGraphTimeout.Error()+"; the message may have been sent"), errGraphTimeout
	}
	return refuseSend(http.StatusBadGateway, errGraphBroken.Error()+"; the message may have been sent"),
		fmt.Errorf("%w: %w", errGraphBroken, causeOf(err))
}

// causeOf drops the wrapper that quotes the whole address.
func causeOf(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
