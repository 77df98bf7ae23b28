package webhook

import (
	"fmt"
	"log/slog"
	"runtime"
	"strconv"
	"strings"
)

const adapterPanicked = "adapter panicked; the request is kept for inspection if it was signed"

// reportPanic logs where code panicked; it is called from the deferred function
// that recovered. The panic's own text may quote the body, so it is written
// only where the Go runtime made it.
func (s *Server) reportPanic(message string, src *source, p any) {
	where := panicFrames()
	s.panicLog.Do(func() {
		kind := fmt.Sprintf("%T", p)
		if fault, ok := p.(runtime.Error); ok && strings.HasPrefix(kind, "runtime.") {
			kind = fault.Error()
		}
		s.logger.Error(message, slog.String("source", src.Name), slog.String("panic", kind), slog.String("at", where))
	})
}

// panicFrames names the innermost functions of the panicking goroutine, called
// from a deferred function.
func panicFrames() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs[:])])
	var b strings.Builder
	for shown := 0; shown < 6; {
		frame, more := frames.Next()
		if frame.Function != "" && !strings.HasPrefix(frame.Function, "runtime.") {
			if shown > 0 {
				b.WriteString(" < ")
			}
			b.WriteString(frame.Function[strings.LastIndexByte(frame.Function, '/')+1:] + ":" + strconv.Itoa(frame.Line))
			shown++
		}
		if !more {
			break
		}
	}
	return b.String()
}
