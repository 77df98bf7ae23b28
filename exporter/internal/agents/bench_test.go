package agents

import (
	"testing"
	"time"

	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

var usual = Settings{BusyAfter: int64(3 * time.Minute), SessionTimeout: int64(30 * time.Minute), Window: int64(time.Hour)}

// team makes a stage of n agents who are there.
func team(n int, at int64) *Stage {
	s := New(usual)
	for id := uint64(1); id <= uint64(n); id++ {
		s.Place(id, m.ID(id), 0, at)
		s.Capacity(id, 5, at)
		s.Apply(Change{At: at, Agent: id, Seen: true})
	}
	return s
}

func BenchmarkApplyTeam(b *testing.B) {
	at := int64(1_700_000_000_000_000_000)
	s := team(200, at)
	b.ReportAllocs()
	for i := uint64(0); b.Loop(); i++ {
		at += int64(20 * time.Millisecond)
		s.Apply(Change{At: at, Agent: i*7%200 + 1, Conversation: i % 1000, Wrote: at * int64(i&1), Waiting: int8(i/200%2)*2 - 1, Seen: true})
	}
}

// One agent who writes in many conversations at once, as a campaign does.
func BenchmarkApplyCampaign(b *testing.B) {
	at := int64(1_700_000_000_000_000_000)
	s := team(1, at)
	b.ReportAllocs()
	for i := uint64(0); b.Loop(); i++ {
		at += int64(5 * time.Millisecond) // 36,000 conversations in three minutes
		s.Apply(Change{At: at, Agent: 1, Conversation: i, Active: 1, Wrote: at})
	}
}

func BenchmarkSettleEach(b *testing.B) {
	at := int64(1_700_000_000_000_000_000)
	s := team(1000, at)
	b.ReportAllocs()
	for b.Loop() {
		at += int64(15 * time.Second)
		if at%int64(20*time.Minute) < int64(15*time.Second) {
			for _, a := range s.order {
				s.Apply(Change{At: at, Agent: a.id, Seen: true})
			}
		}
		s.Settle(at)
		s.Each(func(f Figures) { f.Utilization() })
	}
}

func BenchmarkAppend(b *testing.B) {
	at := int64(1_700_000_000_000_000_000)
	s := team(1000, at)
	s.Settle(at + int64(29*time.Minute))
	b.ReportAllocs()
	for b.Loop() {
		s.Append(nil)
	}
}
