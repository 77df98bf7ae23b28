package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// log is one stream.
type log struct {
	store  *Store
	name   string
	stream jetstream.Stream
	// subject is where records go, unless the log goes by subjects: then
	// prefix is not empty and the escaped subject follows it.
	subject, prefix string
	// dir is where the server keeps the records.
	dir string
}

var _ journal.Log = (*log)(nil)

// Append is part of journal.Log. One call costs little more than the sync.
func (l *log) Append(ctx context.Context, subject string, data []byte) (uint64, error) {
	if len(data) > journal.MaxRecord {
		return 0, fmt.Errorf("%w: %d bytes, the limit is %d", journal.ErrTooLarge, len(data), journal.MaxRecord)
	}
	if (subject != "") != (l.prefix != "") {
		return 0, fmt.Errorf("%w: append to the %s log", journal.ErrSubject, l.name)
	}
	to := l.subject
	if subject != "" {
		to = l.prefix + escape(subject)
	}
	seq, err := l.store.publish(ctx, l.dir, &nats.Msg{Subject: to, Data: data})
	if err != nil {
		return 0, fmt.Errorf("append to the %s log: %w", l.name, err)
	}
	return seq, nil
}

// publish stores one message in the stream whose files are in dir and waits
// for the acknowledgement. A plain request does what the client library's
// Publish does without its retries.
func (s *Store) publish(ctx context.Context, dir string, m *nats.Msg) (uint64, error) {
	if err := checkDisk(dir, s.o.MinFree); err != nil {
		return 0, err
	}
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	answer, err := s.nc.RequestMsgWithContext(ctx, m)
	if err != nil {
		return 0, unavailable(err)
	}
	var ack struct {
		Seq   uint64              `json:"seq"`
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(answer.Data, &ack); err != nil {
		return 0, fmt.Errorf("%w: the acknowledgement is not readable: %w", journal.ErrUnavailable, err)
	}
	if ack.Error != nil {
		return 0, refused(ack.Error)
	}
	if ack.Seq == 0 {
		return 0, fmt.Errorf("%w: the acknowledgement names no sequence", journal.ErrUnavailable)
	}
	return ack.Seq, nil
}

// Get is part of journal.Log.
func (l *log) Get(ctx context.Context, seq uint64) (journal.Entry, error) {
	if seq == 0 {
		return journal.Entry{}, l.missing(seq)
	}
	m, err := l.stream.GetMsg(ctx, seq)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return journal.Entry{}, l.missing(seq)
	}
	if err != nil {
		return journal.Entry{}, fmt.Errorf("get record %d of the %s log: %w", seq, l.name, unavailable(err))
	}
	return journal.Entry{Seq: m.Sequence, Subject: l.unescape(m.Subject), Written: m.Time, Data: m.Data}, nil
}

// Delete is part of journal.Log: the server writes noise over the record and
// replaces the file that held it.
func (l *log) Delete(ctx context.Context, seq uint64) error {
	// The server's error does not tell a missing record from a failure.
	if _, err := l.Get(ctx, seq); err != nil {
		return err
	}
	if err := l.stream.SecureDeleteMsg(ctx, seq); err != nil {
		return fmt.Errorf("delete record %d of the %s log: %w", seq, l.name, unavailable(err))
	}
	return nil
}

func (l *log) missing(seq uint64) error {
	return fmt.Errorf("record %d of the %s log: %w", seq, l.name, journal.ErrNotFound)
}

// Trim is part of journal.Log.
func (l *log) Trim(ctx context.Context, below uint64) error {
	st, err := l.State(ctx)
	if err != nil {
		return err
	}
	// A purge beyond the end would make the numbering jump.
	below = min(below, st.Last+1)
	if below <= st.First || st.First > st.Last {
		return nil
	}
	if err := l.stream.Purge(ctx, jetstream.WithPurgeSequence(below)); err != nil {
		return fmt.Errorf("trim the %s log: %w", l.name, unavailable(err))
	}
	return nil
}

// State is part of journal.Log.
func (l *log) State(ctx context.Context) (journal.State, error) {
	info, err := l.stream.Info(ctx)
	if err != nil {
		return journal.State{}, fmt.Errorf("state of the %s log: %w", l.name, unavailable(err))
	}
	st := journal.State{
		First: info.State.FirstSeq,
		Last:  info.State.LastSeq,
		Bytes: info.State.Bytes,
		Limit: uint64(max(info.Config.MaxBytes, 0)),
	}
	if info.State.Msgs == 0 {
		st.First = st.Last + 1
	} else {
		st.Oldest = info.State.FirstTime
	}
	return st, nil
}

// escape makes one subject token of any name.
func escape(name string) string {
	var b strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func (l *log) unescape(subject string) string {
	if l.prefix == "" {
		return ""
	}
	token := strings.TrimPrefix(subject, l.prefix)
	if name, err := url.PathUnescape(token); err == nil {
		return name
	}
	return token
}

// unavailable wraps an error of the client library.
func unavailable(err error) error {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return refused(api)
	}
	if errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: no answer in time; if that does not pass, see the log for disk errors and restart: %w",
			journal.ErrUnavailable, err)
	}
	return fmt.Errorf("%w: %w", journal.ErrUnavailable, err)
}

// Error codes of the server (its errors.json) that have a sentinel here.
const (
	codeAccountLimit  jetstream.ErrorCode = 10002
	codeInsufficient  jetstream.ErrorCode = 10023
	codeStorageLimit  jetstream.ErrorCode = 10047
	codeMessageTooBig jetstream.ErrorCode = 10054
	codeStoreFailed   jetstream.ErrorCode = 10077
)

// textFull is how the server's store names its size limit; the error code
// covers other reasons too.
const textFull = "maximum bytes exceeded"

// refused wraps an error that the server itself gave.
func refused(err *jetstream.APIError) error {
	switch {
	case err.ErrorCode == codeAccountLimit, err.ErrorCode == codeInsufficient, err.ErrorCode == codeStorageLimit,
		err.ErrorCode == codeStoreFailed && err.Description == textFull:
		return fmt.Errorf("%w: %w", journal.ErrFull, err)
	case err.ErrorCode == codeMessageTooBig:
		return fmt.Errorf("%w: %w", journal.ErrTooLarge, err)
	}
	return fmt.Errorf("%w: %w", journal.ErrUnavailable, err)
}

// bounded gives ctx the bound of a call to the server.
func (s *Store) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.o.Timeout)
}
