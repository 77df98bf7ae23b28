package explain

import (
	"testing"
	"time"
)

func TestTook(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                     "0 s",
		999 * time.Microsecond:                "0 s",
		1500 * time.Millisecond:               "1.5 s",
		60 * time.Second:                      "60 s",
		2*time.Minute - time.Millisecond:      "119.999 s",
		2 * time.Minute:                       "2 min",
		2*time.Minute + 1500*time.Millisecond: "2 min 1 s",
		time.Hour + 5*time.Second:             "1 h",
		25*time.Hour + 59*time.Minute:         "1 d 1 h",
		-90 * time.Second:                     "-90 s",
	} {
		if got := took(int64(d)); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}
