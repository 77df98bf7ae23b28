package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/meta"
)

// generatorEnv holds the load as JSON and makes the test binary a generator.
const generatorEnv = "HELPDESK_BENCH_GENERATOR"

// load is what a generator does.
type load struct {
	Addr        string // of the webhook server
	Secret      string
	Connections int
	Contacts    int
	// Requests that are made and signed beforehand, so that the generator has
	// next to nothing to do while it measures.
	Requests int
	// BodyBytes of every request.
	BodyBytes     int
	Warm, Measure time.Duration
	// Run makes message ids and contacts of two runs different.
	Run uint64
}

// loadResult is what it found, for the part after Warm.
type loadResult struct {
	Requests int
	Seconds  float64
	P50, P99 time.Duration
}

func (r loadResult) perSecond() float64 { return float64(r.Requests) / r.Seconds }

// generate carries out a load over keep-alive connections, each of which sends
// its next request when it has the answer to the last one. Any answer but 200
// is an error.
func generate(spec string, out io.Writer) error {
	var l load
	if err := json.Unmarshal([]byte(spec), &l); err != nil {
		return err
	}
	requests, err := l.requests()
	if err != nil {
		return err
	}
	conns := make([]net.Conn, l.Connections)
	for i := range conns {
		if conns[i], err = net.Dial("tcp", l.Addr); err != nil {
			return err
		}
		defer conns[i].Close()
	}
	var next, phase atomic.Int64 // phase: 0 warming up, 1 measuring, 2 over
	took := make([][]time.Duration, len(conns))
	errs := make([]error, len(conns))
	empty := make(chan struct{})
	usedUp := sync.OnceFunc(func() { close(empty) })
	var wg sync.WaitGroup
	for i, c := range conns {
		wg.Go(func() {
			answers := bufio.NewReader(c)
			for phase.Load() < 2 {
				n := next.Add(1) - 1
				if n >= int64(len(requests)) {
					usedUp()
					return
				}
				began := time.Now()
				if errs[i] = exchange(c, answers, requests[n]); errs[i] != nil {
					return
				}
				if phase.Load() == 1 {
					took[i] = append(took[i], time.Since(began))
				}
			}
		})
	}
	time.Sleep(l.Warm)
	began := time.Now()
	phase.Store(1)
	select {
	case <-time.After(l.Measure):
	case <-empty: // a fast machine is measured for less long
	}
	phase.Store(2)
	r := loadResult{Seconds: time.Since(began).Seconds()}
	if r.Seconds < l.Measure.Seconds()/10 {
		return fmt.Errorf("all %d requests were used up; make more", len(requests))
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	all := slices.Concat(took...)
	slices.Sort(all)
	r.Requests, r.P50, r.P99 = len(all), quantile(all, 0.5), quantile(all, 0.99)
	return json.NewEncoder(out).Encode(r)
}

// exchange sends a request and reads its answer, which has no body.
func exchange(c net.Conn, answers *bufio.Reader, request []byte) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	for first, empty := true, false; ; first = false {
		line, err := answers.ReadSlice('\n')
		if err != nil {
			return err
		}
		switch {
		case first && !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")):
			return fmt.Errorf("answered %q", line)
		case bytes.EqualFold(line, []byte("Content-Length: 0\r\n")):
			empty = true
		case len(line) == 2 && !empty:
			return fmt.Errorf("the answer has a body")
		case len(line) == 2:
			return nil
		}
	}
}

// requests makes distinct signed text messages of random contacts, as the
// bytes of whole HTTP requests.
func (l load) requests() ([][]byte, error) {
	w, err := meta.NewWriter(config.Source{Secret: config.Secret(l.Secret)})
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(l.Run, 1))
	now := time.Now()
	e := event.Event{
		Kind: event.MessageReceived, Channel: "whatsapp", Inbox: inboxID, Actor: event.ActorCustomer, ContactName: "Ana",
		Message: event.Message{Type: "text"},
	}
	text := strings.Repeat("Bom dia, o meu pedido ainda não chegou e já passou do prazo. ", 1+l.BodyBytes/60)
	pad := 0
	out := make([][]byte, 0, l.Requests)
	for i := 0; len(out) < l.Requests; i++ {
		e.Time = now.Truncate(time.Second)
		e.Contact = fmt.Sprintf("+55119%08d", l.Run%100*1_000_000+uint64(rng.IntN(l.Contacts)))
		e.Message.ID = fmt.Sprintf("wamid.HBgNNTUxMTk4%06d%016d", l.Run%1_000_000, i)
		e.ID = e.Message.ID
		e.Message.Text = strings.ToValidUTF8(text[:max(1, pad)], "_")
		made, err := w.Write([]event.Event{e})
		if err != nil {
			return nil, err
		}
		if len(made) != 1 {
			return nil, fmt.Errorf("one message became %d requests", len(made))
		}
		if missing := l.BodyBytes - len(made[0].Body); missing != 0 {
			if pad += missing; pad < 1 || i > 10 {
				return nil, fmt.Errorf("a message cannot be made %d bytes long", l.BodyBytes)
			}
			continue
		}
		out = append(out, l.raw(made[0]))
	}
	return out, nil
}

func (l load) raw(r provider.Request) []byte {
	b := make([]byte, 0, len(r.Body)+300)
	b = append(b, "POST /webhooks/"+sourceName+" HTTP/1.1\r\nHost: "+l.Addr+"\r\nAccept: */*\r\n"...)
	for name, values := range r.Header {
		b = append(b, name+": "+values[0]+"\r\n"...)
	}
	b = append(b, "Content-Length: "+strconv.Itoa(len(r.Body))+"\r\n\r\n"...)
	return append(b, r.Body...)
}
