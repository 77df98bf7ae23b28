package exporter

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/simulate"
)

// stoodStill is an exporter whose clock stands until it is moved.
type stoodStill interface {
	// moveTo sets the clock; everything due on the way has happened when it
	// returns.
	moveTo(ctx context.Context, to time.Time) error
	// release lets the clock run.
	release(ctx context.Context) error
	// ended gets the error of an exporter that ended by itself.
	ended() <-chan error
}

// timelapse lets an exporter live through a simulated time in a fraction of
// it: its clock moves to the next event once everything before it is
// acknowledged, and everything due on the way happens.
type timelapse struct {
	progress io.Writer
	clock    time.Time
	exporter stoodStill
	source   *simulate.Scenario
	writer   provider.Writer
	sender   *simulate.Sender
	// before and sent are told of each item; either may be nil.
	before func(at time.Time)
	sent   func(reqs []provider.Request, at time.Time) error
	held   *simulate.Item // the first after now
}

// catchUp sends everything up to now.
func (t *timelapse) catchUp(ctx context.Context) error {
	shown := time.Time{}
	for {
		it, ok := t.next()
		if !ok {
			return nil
		}
		if it.At.After(time.Now()) {
			t.held = &it
			return t.moveTo(ctx, time.Now())
		}
		if err := t.moveTo(ctx, it.At); err != nil {
			return err
		}
		if t.before != nil {
			t.before(it.At)
		}
		if err := t.send(ctx, it); err != nil {
			return err
		}
		if time.Since(shown) > 2*time.Second {
			shown = time.Now()
			fmt.Fprintf(t.progress, "  %s  %d webhooks\n", it.At.Format("Mon 2 Jan 15:04"), t.sender.Stats().Requests)
		}
	}
}

func (t *timelapse) next() (simulate.Item, bool) {
	if it := t.held; it != nil {
		t.held = nil
		return *it, true
	}
	return t.source.Next()
}

func (t *timelapse) send(ctx context.Context, it simulate.Item) error {
	reqs, err := t.writer.Write([]event.Event{it.Event})
	if err != nil {
		return err
	}
	if err := t.sender.Post(ctx, reqs); err != nil {
		return err
	}
	if t.sent != nil {
		return t.sent(reqs, it.At)
	}
	return nil
}

// moveTo sets the exporter's clock; everything due on the way happens.
func (t *timelapse) moveTo(ctx context.Context, to time.Time) error {
	if !to.After(t.clock) {
		return nil
	}
	t.clock = to
	return t.exporter.moveTo(ctx, to)
}

// live goes on in real time.
func (t *timelapse) live(ctx context.Context) error {
	if err := t.exporter.release(ctx); err != nil {
		return err
	}
	for {
		it, ok := t.next()
		if !ok {
			<-ctx.Done()
			return ctx.Err()
		}
		timer := time.NewTimer(time.Until(it.At))
		select {
		case <-timer.C:
		case err := <-t.exporter.ended():
			timer.Stop()
			return fmt.Errorf("the exporter ended by itself: %w", err)
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
		if err := t.send(ctx, it); err != nil {
			return err
		}
	}
}
