package simulate

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

const barWidth = 30

// report shows how far Run is until the function that it returns is called.
func (s *Sender) report(stream Stream) (stop func()) {
	if s.Progress == nil {
		return func() {}
	}
	p := progress{w: s.Progress, terminal: isTerminal(s.Progress), whole: stream.Duration(), begin: time.Now()}
	p.before = p.begin
	every := 10 * time.Second
	if p.terminal {
		every = 500 * time.Millisecond
	}
	quit, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				p.show(s, time.Now(), false)
			case <-quit:
				p.show(s, time.Now(), true)
				return
			}
		}
	}()
	return func() {
		close(quit)
		<-gone
	}
}

// isTerminal tells a terminal from a file or a pipe.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

// progress writes plain text: on a terminal a carriage return and spaces renew
// the line, elsewhere every report is a line.
type progress struct {
	w        io.Writer
	terminal bool
	whole    time.Duration
	begin    time.Time
	before   time.Time
	acked    int64
	width    int
}

func (p *progress) show(s *Sender, now time.Time, last bool) {
	st := s.Stats()
	since, acked := p.before, p.acked
	if last { // the whole run's
		since, acked = p.begin, 0
	}
	rate := 0.0
	if d := now.Sub(since).Seconds(); d > 0 {
		rate = float64(st.Acked-acked) / d
	}
	p.before, p.acked = now, st.Acked
	line := p.line(st, time.Duration(s.counts.position.Load()), rate)
	if !p.terminal {
		fmt.Fprintln(p.w, line)
		return
	}
	pad := max(0, p.width-len(line))
	p.width = len(line)
	fmt.Fprint(p.w, "\r", line, strings.Repeat(" ", pad))
	if last {
		fmt.Fprintln(p.w)
	}
}

func (p *progress) line(st Stats, at time.Duration, rate float64) string {
	var b strings.Builder
	if p.whole > 0 {
		share := min(1, float64(at)/float64(p.whole))
		if p.terminal {
			done := int(share * barWidth)
			fmt.Fprintf(&b, "[%s%s] ", strings.Repeat("#", done), strings.Repeat(".", barWidth-done))
		}
		fmt.Fprintf(&b, "%3.0f%%  ", share*100)
	}
	fmt.Fprintf(&b, "%s simulated, %d events acknowledged, %.1f/s", at.Truncate(time.Second), st.Acked, rate)
	if st.Retries > 0 {
		fmt.Fprintf(&b, ", %d sent again", st.Retries)
	}
	if st.Rejected > 0 {
		fmt.Fprintf(&b, ", %d rejected", st.Rejected)
	}
	return b.String()
}
