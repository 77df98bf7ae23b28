package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Error is an answer whose status is not 2xx.
type Error struct {
	Status int
	// Text is what the exporter says of it, or the status in words where something
	// else answered.
	Text string
	// API: the exporter's API answered, and no proxy or other server.
	API bool
}

func (e *Error) Error() string { return fmt.Sprintf("%s (status %d)", e.Text, e.Status) }

// StatusOf is the status of an answer that was none, 0 for other errors.
func StatusOf(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 256 << 20

// Client asks an exporter. It may be used concurrently.
type Client struct {
	// URL is where the exporter's web listener is: http://localhost:9841.
	URL string
	// Token is one of api.tokens; empty where HTTP adds it.
	Token string
	// HTTP [http.DefaultClient] sends the requests. Its Timeout would end streams.
	HTTP *http.Client
}

// UserOf is a context of requests that are made on behalf of a person, by the
// login that the access log is to have.
func UserOf(ctx context.Context, login string) context.Context {
	return context.WithValue(ctx, userKey{}, login)
}

type userKey struct{}

// visible drops what may not stand in a header.
func visible(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}

func (c *Client) send(ctx context.Context, method, path string, q url.Values, body any, header http.Header) (*http.Response, error) {
	address := strings.TrimRight(c.URL, "/") + Prefix + path
	if len(q) > 0 {
		address += "?" + q.Encode()
	}
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, address, r)
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if login, _ := ctx.Value(userKey{}).(string); login != "" {
		req.Header.Set(UserHeader, strings.Map(visible, login))
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 != 2 {
		return nil, errors.Join(failureOf(resp), resp.Body.Close())
	}
	return resp, nil
}

// failureOf reads what is wrong.
func failureOf(resp *http.Response) error {
	var f Failure
	b, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err == nil && json.Unmarshal(b, &f) == nil && f.Error != "" {
		return &Error{resp.StatusCode, f.Error, true}
	}
	return &Error{resp.StatusCode, http.StatusText(resp.StatusCode), false}
}

// Do asks with a method and a path below Prefix, and reads the answer into out,
// which may be nil. Its error is an *Error where there was an answer.
func (c *Client) Do(ctx context.Context, method, path string, q url.Values, body, out any) error {
	resp, err := c.send(ctx, method, path, q, body, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil {
		_, err := io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer))
		return err
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(out); err != nil {
		return fmt.Errorf("the answer of %s%s cannot be read: is it an exporter's? %w", Prefix, path, err)
	}
	return nil
}

func get[T any](ctx context.Context, c *Client, path string, q url.Values) (T, error) {
	var out T
	err := c.Do(ctx, http.MethodGet, path, q, nil, &out)
	return out, err
}

// Info says what is asked, and with which token.
func (c *Client) Info(ctx context.Context) (Info, error) { return get[Info](ctx, c, "info", nil) }

// Conversations gives a page; the parameters are those of the OpenAPI document.
func (c *Client) Conversations(ctx context.Context, q url.Values) (Conversations, error) {
	return get[Conversations](ctx, c, "conversations", q)
}

// Conversation gives all there is to say of one.
func (c *Client) Conversation(ctx context.Context, id string, q url.Values) (Detail, error) {
	return get[Detail](ctx, c, "conversations/"+url.PathEscape(id), q)
}

// Transcript gives what was said and done in one.
func (c *Client) Transcript(ctx context.Context, id string, q url.Values) (Transcript, error) {
	return get[Transcript](ctx, c, "conversations/"+url.PathEscape(id)+"/messages", q)
}

// Messages gives messages of several conversations.
func (c *Client) Messages(ctx context.Context, q url.Values) (MessageList, error) {
	return get[MessageList](ctx, c, "messages", q)
}

// Volume tells how many messages there were.
func (c *Client) Volume(ctx context.Context, q url.Values) (Volume, error) {
	return get[Volume](ctx, c, "messages/volume", q)
}

// Agents lists agents.
func (c *Client) Agents(ctx context.Context, q url.Values) (Agents, error) {
	return get[Agents](ctx, c, "agents", q)
}

// Escalations lists what has to be helped now.
func (c *Client) Escalations(ctx context.Context, q url.Values) (Escalations, error) {
	return get[Escalations](ctx, c, "escalations", q)
}

// Audits lists findings.
func (c *Client) Audits(ctx context.Context, q url.Values) (Audits, error) {
	return get[Audits](ctx, c, "audits", q)
}

// Discrepancies lists answers unlike the others.
func (c *Client) Discrepancies(ctx context.Context, q url.Values) (Discrepancies, error) {
	return get[Discrepancies](ctx, c, "discrepancies", q)
}

// Heatmap gives hours and weekdays.
func (c *Client) Heatmap(ctx context.Context, q url.Values) (Heatmap, error) {
	return get[Heatmap](ctx, c, "heatmap", q)
}

// Annotations lists escalations and closings.
func (c *Client) Annotations(ctx context.Context, q url.Values) (Annotations, error) {
	return get[Annotations](ctx, c, "annotations", q)
}

// Labels tells what a filter may be.
func (c *Client) Labels(ctx context.Context, name string) (Values, error) {
	return get[Values](ctx, c, "labels/"+url.PathEscape(name), nil)
}

// Lookup gives the keyed hash of a phone or id.
func (c *Client) Lookup(ctx context.Context, l Lookup) (out Contact, err error) {
	err = c.Do(ctx, http.MethodPost, "contacts/lookup", nil, l, &out)
	return out, err
}

// Export gives everything that there is of a contact.
func (c *Client) Export(ctx context.Context, contact string) (Export, error) {
	return get[Export](ctx, c, "contacts/"+url.PathEscape(contact)+"/export", nil)
}

// Erase makes what a contact wrote unreadable.
func (c *Client) Erase(ctx context.Context, contact string) (out Erasure, err error) {
	err = c.Do(ctx, http.MethodDelete, "contacts/"+url.PathEscape(contact), nil, nil, &out)
	return out, err
}

// Tail calls fn with messages as they come, until ctx ends, fn returns an error, or
// the stream does. after is what an earlier Tail ended with, "" for from now on; last
// is what to go on with. lost tells fn how many messages went by unseen before the
// line, which is nil then.
func (c *Client) Tail(ctx context.Context, q url.Values, after string, fn func(l *Line, lost int) error) (last string, err error) {
	header := http.Header{"Accept": {"text/event-stream"}}
	if after != "" {
		header.Set("Last-Event-ID", after)
	}
	resp, err := c.send(ctx, http.MethodGet, "messages/stream", q, nil, header)
	if err != nil {
		return after, err
	}
	defer resp.Body.Close()
	last = after
	var kind, id, data string
	in := bufio.NewScanner(resp.Body)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		name, value, _ := strings.Cut(in.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "id":
			id = value
		case "event":
			kind = value
		case "data":
			data = value
		case "":
			if in.Text() != "" {
				continue // a comment
			}
			if err := dispatch(kind, data, fn); err != nil {
				return last, err
			}
			if id != "" {
				last = id
			}
			kind, data = "", ""
		}
	}
	if err := in.Err(); err != nil {
		return last, err
	}
	return last, io.ErrUnexpectedEOF
}

func dispatch(kind, data string, fn func(*Line, int) error) error {
	switch kind {
	case "message":
		var l Line
		if err := json.Unmarshal([]byte(data), &l); err != nil {
			return err
		}
		return fn(&l, 0)
	case "lost":
		n, err := strconv.Atoi(data)
		if err != nil {
			return err
		}
		return fn(nil, n)
	}
	return nil
}
