package wall

import (
	"fmt"
	"strings"
	"time"
)

// curve is the day drawn in one size: bars for the conversations opened, a
// line for the customers' messages, on one scale. The page has a wide and a
// narrow one and shows either.
type curve struct {
	ID            string
	Width, Height int
	// Left and Right, Base and Middle are where the axes and their labels
	// stand.
	Left, Right, Base, Middle int
	Title, Description        string
	Ticks                     []tick
	Bars                      []bar
	Labels                    []label
	// Line is the whole hours' line, LastLine goes on to the hour that is not
	// over, whose lower number is no fall.
	Line, LastLine string
}

type tick struct {
	Y, TextY int
	Text     string
}

// bar is one hour.
type bar struct {
	X, Y, Width, Height string
	// SlotX and SlotWidth are the hour's whole width, DotX and DotY its point
	// of the line.
	SlotX, SlotWidth, DotX, DotY string
	Hint                         string
	Unfinished                   bool
}

type label struct{ X, Text string }

// Room around the drawing for labels.
const (
	roomLeft, roomRight, roomTop, roomBottom = 42, 8, 14, 28
)

func (p *page) day(f *figures) {
	opened, received, busiest := 0, 0, 0
	for i, h := range f.hours {
		opened += h.Opened
		received += h.Received
		if h.Received > f.hours[busiest].Received {
			busiest = i
		}
	}
	p.Day = p.text("day.per", p.zone.String())
	if opened == 0 && received == 0 {
		return
	}
	desc := p.text("day.desc", p.number(opened), p.number(received), p.hour(f.hours[busiest].Start), p.number(f.hours[busiest].Received))
	for _, c := range []curve{{ID: "wide", Width: 960, Height: 140}, {ID: "narrow", Width: 360, Height: 220}} {
		c.Title, c.Description = p.text("day.title"), desc
		p.draw(&c, f)
		p.Curves = append(p.Curves, c)
	}
}

func (p *page) draw(c *curve, f *figures) {
	c.Left, c.Right, c.Base = roomLeft, c.Width-roomRight, c.Height-roomBottom
	c.Middle = c.Base + 20
	most := 1
	for _, h := range f.hours {
		most = max(most, h.Opened, h.Received)
	}
	step, top := scale(most)
	y := func(n int) float64 {
		return float64(c.Base) - float64(n)/float64(top)*float64(c.Base-roomTop)
	}
	for n := 0; n <= top; n += step {
		c.Ticks = append(c.Ticks, tick{int(y(n)), int(y(n)) + 5, p.number(n)})
	}
	slot := float64(c.Right-c.Left) / float64(len(f.hours))
	var line []string
	for i, h := range f.hours {
		x := float64(c.Left) + slot*float64(i)
		b := bar{
			X: px(x + slot*0.16), Y: px(y(h.Opened)), Width: px(slot * 0.68), Height: px(float64(c.Base) - y(h.Opened)),
			SlotX: px(x), SlotWidth: px(slot), DotX: px(x + slot/2), DotY: px(y(h.Received)),
			Hint: p.text("day.hour", p.hour(h.Start), p.number(h.Opened), p.number(h.Received)),
		}
		if b.Unfinished = i == len(f.hours)-1; b.Unfinished {
			b.Hint += " (" + p.text("day.unfinished") + ")"
		}
		c.Bars = append(c.Bars, b)
		line = append(line, b.DotX+","+b.DotY)
		if h.Start.In(p.zone).Hour()%4 == 0 {
			c.Labels = append(c.Labels, label{px(x + slot/2), p.hour(h.Start)})
		}
	}
	whole := len(line) - 1
	c.Line, c.LastLine = strings.Join(line[:whole], " "), strings.Join(line[whole-1:], " ")
}

func (p *page) hour(t time.Time) string { return t.In(p.zone).Format("15:04") }

// scale gives a round step of the axis and its upper end: at most four steps,
// whole numbers.
func scale(most int) (step, top int) {
	for unit := 1; ; unit *= 10 {
		for _, m := range []int{1, 2, 5} {
			if step = unit * m; (most+step-1)/step <= 4 {
				return step, (most + step - 1) / step * step
			}
		}
	}
}

// px is a coordinate.
func px(v float64) string { return fmt.Sprintf("%.1f", v) }
