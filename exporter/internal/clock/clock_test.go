package clock_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/clock"
)

// sent tells whether a clock has sent on ch, once everything else in the bubble
// stands still.
func sent(ch <-chan time.Time) bool {
	synctest.Wait()
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

func TestSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c clock.System
		start := time.Now()
		if !c.Now().Equal(start) {
			t.Errorf("now is %s, want %s", c.Now(), start)
		}
		past, _ := c.At(start.Add(-time.Hour))
		ch, _ := c.At(start.Add(time.Minute))
		given, stop := c.At(start.Add(time.Minute))
		if !sent(past) {
			t.Error("a time that is over is waited for")
		}
		time.Sleep(time.Minute - 1)
		if sent(ch) {
			t.Error("sent before its time")
		}
		stop()
		time.Sleep(1)
		if !sent(ch) {
			t.Error("not sent at its time")
		}
		if sent(given) {
			t.Error("sent to who gave up")
		}
	})
}

func TestJumpingStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now().Add(-24 * time.Hour)
		c := clock.NewJumping(start)
		if !c.Now().Equal(start) || c.Released() {
			t.Fatalf("stands at %s, want %s", c.Now(), start)
		}
		ch, stop := c.At(start.Add(time.Second))
		defer stop()
		time.Sleep(time.Hour)
		if !c.Now().Equal(start) {
			t.Error("the clock goes by itself")
		}
		for _, step := range []struct{ to, want time.Duration }{
			{time.Minute, time.Minute}, {time.Minute, time.Minute}, {time.Second, time.Minute}, {-time.Hour, time.Minute}, {time.Hour, time.Hour},
		} {
			c.Set(start.Add(step.to))
			if got := c.Now().Sub(start); got != step.want {
				t.Errorf("set to +%s it shows +%s, want +%s", step.to, got, step.want)
			}
		}
		if sent(ch) {
			t.Error("a standing clock has sent")
		}
	})
}

func TestJumpingReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		c := clock.NewJumping(now.Add(-time.Hour))
		before, _ := c.At(now.Add(time.Minute))
		given, stop := c.At(now.Add(time.Minute))
		stop()
		over, _ := c.At(now.Add(-time.Minute))
		late, stopLate := c.At(now.Add(time.Minute))
		c.Release()
		c.Release()
		after, _ := c.At(now.Add(time.Minute))
		stopLate()
		stopLate()
		if !c.Released() || !c.Now().Equal(now) {
			t.Fatalf("released it shows %s, the machine %s", c.Now(), now)
		}
		if !sent(over) {
			t.Error("what was due when the clock was released is waited for")
		}
		time.Sleep(time.Minute - 1)
		if sent(before) || sent(after) {
			t.Error("sent before its time")
		}
		time.Sleep(1)
		if !sent(before) {
			t.Error("who asked before the release hears nothing")
		}
		if !sent(after) {
			t.Error("who asked after the release hears nothing")
		}
		if sent(given) || sent(late) {
			t.Error("sent to who gave up")
		}
	})
}

// A clock that was set beyond the machine's time waits for it.
func TestJumpingNeverRunsBackwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ahead := time.Now().Add(time.Minute)
		c := clock.NewJumping(ahead)
		c.Release()
		if got := c.Now(); !got.Equal(ahead) {
			t.Errorf("released it shows %s, stood at %s", got, ahead)
		}
		time.Sleep(2 * time.Minute)
		if got := c.Now(); !got.Equal(time.Now()) {
			t.Errorf("it shows %s, the machine %s", got, time.Now())
		}
		c.Set(time.Now().Add(time.Hour))
		c.Set(time.Now())
		if got := c.Now().Sub(time.Now()); got != time.Hour {
			t.Errorf("it is %s ahead, was set to 1h", got)
		}
	})
}

func TestJumpingConcurrently(t *testing.T) {
	start := time.Now().Add(-time.Hour)
	c := clock.NewJumping(start)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			last := c.Now()
			for n := range 200 {
				c.Set(start.Add(time.Duration(n*8+i) * time.Millisecond))
				_, stop := c.At(start.Add(time.Minute))
				if i == 0 && n == 100 {
					c.Release()
				}
				if now := c.Now(); now.Before(last) {
					t.Errorf("%s after %s", now, last)
				} else {
					last = now
				}
				stop()
			}
		})
	}
	wg.Wait()
}
