package calendar

import (
	"fmt"
	"testing"
	"time"
)

func BenchmarkBetween(b *testing.B) {
	c := mustCompile(b, Spec{Zone: "America/New_York", Weekly: workdays(Block{hm(9, 0), hm(13, 0)}, Block{hm(14, 0), hm(18, 0)}), Holidays: closed("2025-12-24", "2026-01-01")})
	at := instant(b, "2025-03-07T12:00:00Z")
	for _, span := range []time.Duration{time.Minute, 20 * time.Hour, 5 * 24 * time.Hour, 10 * 365 * 24 * time.Hour} {
		b.Run(fmt.Sprint(span), func(b *testing.B) {
			b.ReportAllocs()
			for i := int64(0); b.Loop(); i++ {
				c.Between(at+i%1000*nsHour, at+i%1000*nsHour+int64(span))
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	c := mustCompile(b, Spec{Zone: "America/New_York", Weekly: workdays(Block{hm(9, 0), hm(17, 0)}), Holidays: closed("2025-12-24", "2026-01-01")})
	at := instant(b, "2025-03-07T12:00:00Z")
	b.ReportAllocs()
	for i := int64(0); b.Loop(); i++ {
		c.Open(at + i%1000*nsHour)
	}
}

func BenchmarkSpan(b *testing.B) {
	at := instant(b, "2025-03-07T12:00:00Z")
	for name, spec := range map[string]Spec{
		"workdays": {Zone: "America/New_York", Weekly: workdays(Block{hm(9, 0), hm(17, 0)}), Holidays: closed("2025-12-24", "2026-01-01")},
		"far":      {Zone: "America/New_York", Weekly: every(Block{0, 1440}), Holidays: closed("2095-12-24", "2096-01-01")},
	} {
		b.Run(name, func(b *testing.B) {
			c := mustCompile(b, spec)
			b.ReportAllocs()
			for i := int64(0); b.Loop(); i++ {
				c.Span(at + i%1000*nsHour)
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	spec := Spec{Zone: "America/New_York", Weekly: workdays(Block{hm(9, 0), hm(17, 0)}), Holidays: closed("2025-01-01", "2026-01-01")}
	b.ReportAllocs()
	for b.Loop() {
		mustCompile(b, spec)
	}
}
