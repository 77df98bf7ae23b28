package hubspot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// Paths of the API, version 3 of conversations and of CRM objects.
const (
	pathConversations = "/conversations/v3/conversations"
	pathContacts      = "/crm/v3/objects/contacts/"
	pathFeedback      = "/crm/v3/objects/feedback_submissions/"
)

// How long answers are believed. A thread's contact can become known later, a
// contact's segment can change.
const (
	keepThreads  = 10 * time.Minute
	keepChannels = time.Hour
	keepActors   = time.Hour
	keepSegments = 10 * time.Minute
)

// maxAnswer is the largest answer that is read, in bytes.
const maxAnswer = 4 << 20

// Fetcher turns tasks into events by asking the API.
type Fetcher struct {
	api          string
	token        string
	channelIDs   map[string]bool // nil where names decide
	integrations map[string]event.Actor
	csat         string
	scale        float64
	rate         int
	segmentField string
	now          func() time.Time

	threads  cache[thread]
	actors   cache[string]
	segments cache[string]
	parsers  sync.Pool // *fastjson.Parser

	channels struct {
		sync.Mutex
		names map[string]string // by id
		at    time.Time
	}
}

// thread is what matters of a thread.
type thread struct {
	contact, inbox, channel string
	spam                    bool
}

// NewFetcher makes the fetcher of a source. Its error wraps ErrConfig.
func NewFetcher(cfg config.Source) (*Fetcher, error) {
	f := &Fetcher{
		api: cfg.Keys.Text(keyAPIURL), token: string(cfg.Keys.Secret(keyAccessToken)), csat: cfg.Keys.Text(keyCSATProperty),
		segmentField: cfg.SegmentField, integrations: map[string]event.Actor{}, now: time.Now,
	}
	f.rate = cfg.Keys.Number(keyRate)
	if f.token == "" {
		return nil, fmt.Errorf("%w: access_token is missing; make a private app or use the app's token", ErrConfig)
	}
	if f.api == "" {
		f.api = defaultAPI
	}
	if f.csat == "" {
		f.csat = "hs_value"
	}
	f.scale, _ = strconv.ParseFloat(cfg.Keys.Text(keyCSATScale), 64)
	if f.scale == 0 {
		f.scale = 5
	}
	if ids := cfg.Keys.List(keyChannels); len(ids) > 0 {
		f.channelIDs = make(map[string]bool, len(ids))
		for _, id := range ids {
			f.channelIDs[id] = true
		}
	}
	for app, word := range cfg.Keys.Map(keyIntegrations) {
		f.integrations[app] = actors[word]
	}
	f.threads.keep, f.actors.keep, f.segments.keep = keepThreads, keepActors, keepSegments
	f.parsers.New = func() any { return new(fastjson.Parser) }
	return f, nil
}

// Rate implements provider.Limited.
func (f *Fetcher) Rate() float64 { return float64(f.rate) }

// Fetch implements provider.Fetcher.
func (f *Fetcher) Fetch(ctx context.Context, do provider.Doer, t provider.Task, res *provider.Result) error {
	tk, err := decodeTask(t.Data)
	if err != nil {
		return err
	}
	c := &call{Fetcher: f, ctx: ctx, do: do, task: tk, res: res}
	if tk.Kind == taskFeedback {
		return c.feedback()
	}
	th, err := c.thread(tk.Object)
	if err != nil {
		return err
	}
	if th.spam {
		res.Ignore(ignoredSpam)
		return nil
	}
	switch tk.Kind {
	case taskCreation:
		// No opening: HubSpot may begin a thread for a "thanks" or a rating after
		// the close, which begin no conversation. Whom it is with is worth knowing.
		res.Threads = append(res.Threads, provider.Thread{Conversation: tk.Object, Contact: th.contact, Inbox: th.inbox, Channel: th.channel})
		return nil
	case taskStatus:
		return c.add(th, event.ConversationResolved)
	case taskAssign:
		return c.assigned(th)
	case taskMessage:
		return c.message(th)
	}
	return fmt.Errorf("hubspot: task of the unknown kind %.20q", tk.Kind)
}

// call is one task under way.
type call struct {
	*Fetcher
	ctx  context.Context
	do   provider.Doer
	task task
	res  *provider.Result
}

// event begins an event of the thread.
func (c *call) event(th thread, kind event.Kind) (event.Event, error) {
	e := event.Event{
		ID: c.task.ID, Time: c.task.time(), Kind: kind, Conversation: c.task.Object, Contact: th.contact, Inbox: th.inbox, Channel: th.channel,
	}
	if c.segmentField == "" || th.contact == "" {
		return e, nil
	}
	segment, err := c.segment(th.contact)
	e.Segment = segment
	return e, err
}

func (c *call) add(th thread, kind event.Kind) error {
	e, err := c.event(th, kind)
	if err == nil {
		c.res.Events = append(c.res.Events, e)
	}
	return err
}

// assigned: webhooks name an actor ("A-501") or, by some accounts, the bare id
// of the agent.
func (c *call) assigned(th thread) error {
	id := agentID(c.task.Value)
	if id == "" {
		c.res.Ignore(ignoredUnassigned)
		return nil
	}
	e, err := c.event(th, event.ConversationAssigned)
	if err == nil {
		e.Agent.ID = id
		c.res.Events = append(c.res.Events, e)
	}
	return err
}

// agentID is the id of an agent's actor, without its prefix; "" for actors of
// other kinds.
func agentID(actor string) string {
	id := strings.TrimPrefix(actor, "A-")
	for _, c := range id {
		if c < '0' || c > '9' {
			return ""
		}
	}
	return id
}

// thread asks for what all events of a thread have in common.
func (c *call) thread(id string) (thread, error) {
	if th, ok := c.threads.get(id, c.now()); ok {
		return th, nil
	}
	var th thread
	channel := ""
	err := c.get(pathConversations+"/threads/"+url.PathEscape(id), func(v *fastjson.Value) error {
		th.contact = own(wire.Scalar(v, "associatedContactId"))
		th.inbox = own(wire.Scalar(v, "originalChannelAccountId"))
		if th.inbox == "" {
			th.inbox = own(wire.Scalar(v, "inboxId"))
		}
		th.spam = wire.Bool(v, "spam")
		channel = own(wire.Scalar(v, "originalChannelId"))
		return nil
	})
	if err != nil {
		return th, err
	}
	if th.channel, err = c.channel(channel); err != nil {
		return th, err
	}
	c.threads.put(id, th, c.now())
	return th, nil
}

// own copies an id out of the parser's memory.
func own(b []byte) string {
	if len(b) > wire.MaxID {
		return ""
	}
	return strings.ToValidUTF8(string(b), "\ufffd")
}

// channel gives a channel's name as events have it: "whatsapp", or the API's own
// in lower case. Ids differ between accounts, so the API is asked.
func (c *call) channel(id string) (string, error) {
	if id == "" {
		return "", nil
	}
	if c.channelIDs != nil {
		if c.channelIDs[id] {
			return provider.WhatsApp, nil
		}
		return "channel " + id, nil
	}
	c.channels.Lock()
	name, known := c.channels.names[id]
	age := c.now().Sub(c.channels.at)
	c.channels.Unlock()
	if age > keepChannels || !known && age > time.Minute {
		names, err := c.allChannels()
		if err != nil {
			return "", err
		}
		c.channels.Lock()
		c.channels.names, c.channels.at = names, c.now()
		c.channels.Unlock()
		name = names[id]
	}
	switch {
	case strings.Contains(name, provider.WhatsApp):
		return provider.WhatsApp, nil
	case name == "":
		return "channel " + id, nil
	}
	return name, nil
}

// maxPages of a list are read.
const maxPages = 20

func (c *call) allChannels() (map[string]string, error) {
	names := make(map[string]string)
	after := ""
	for range maxPages {
		path := pathConversations + "/channels?limit=100"
		if after != "" {
			path += "&after=" + url.QueryEscape(after)
		}
		after = ""
		err := c.get(path, func(v *fastjson.Value) error {
			for _, ch := range wire.List(v, "results") {
				names[own(wire.Scalar(ch, "id"))] = strings.ToLower(own(wire.Text(ch, "name")))
			}
			after = own(wire.Scalar(v.Get("paging", "next"), "after"))
			return nil
		})
		if err != nil || after == "" {
			return names, err
		}
	}
	return names, nil
}

// segment asks for the contact's property. A visitor whom the CRM does not know
// has none, for a while.
func (c *call) segment(contact string) (string, error) {
	if s, ok := c.segments.get(contact, c.now()); ok {
		return s, nil
	}
	value := ""
	path := pathContacts + url.PathEscape(contact) + "?properties=" + url.QueryEscape(c.segmentField)
	err := c.get(path, func(v *fastjson.Value) error {
		value = own(wire.Scalar(v.Get("properties"), c.segmentField))
		return nil
	})
	if err != nil && !errors.Is(err, provider.ErrGone) {
		return "", err
	}
	c.segments.put(contact, value, c.now())
	return value, nil
}

// actorType asks what an actor is, where its id does not tell.
func (c *call) actorType(id string) (string, error) {
	prefix, _, _ := strings.Cut(id, "-")
	switch prefix {
	case "A":
		return "AGENT", nil
	case "V":
		return "VISITOR", nil
	case "I":
		return "INTEGRATOR", nil
	case "":
		return "", nil
	}
	if kind, ok := c.actors.get(id, c.now()); ok {
		return kind, nil
	}
	kind := ""
	err := c.get(pathConversations+"/actors/"+url.PathEscape(id), func(v *fastjson.Value) error {
		kind = own(wire.Text(v, "type"))
		return nil
	})
	if err != nil && !errors.Is(err, provider.ErrGone) {
		return "", err
	}
	c.actors.put(id, kind, c.now())
	return kind, nil
}

// get asks the API and lets read have the answer, which is valid during the
// call only. What is wrong with an answer passes: a proxy's page instead of
// JSON, a connection that breaks off.
func (c *call) get(path string, read func(*fastjson.Value) error) error {
	req, err := http.NewRequestWithContext(c.ctx, http.MethodGet, c.api+path, nil)
	if err != nil {
		return errors.New("hubspot: an address of the API cannot be written")
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Accept", "application/json")
	resp, err := c.do.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := provider.CheckAnswer(resp, c.now()); err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return &provider.Later{Err: errors.New("the answer of HubSpot's API breaks off")}
	}
	if len(body) > maxAnswer {
		return fmt.Errorf("the answer of HubSpot's API is larger than %d bytes", maxAnswer)
	}
	p := c.parsers.Get().(*fastjson.Parser)
	defer c.parsers.Put(p)
	v, err := wire.Parse(p, body)
	if err != nil {
		return &provider.Later{Err: errors.New("the answer of HubSpot's API is no JSON object")}
	}
	return read(v)
}
