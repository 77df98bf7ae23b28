package understand

import "sync"

// Memory knows in which language somebody wrote last: "ok" has none. It is
// bounded, and forgets who has not written for longest. The zero Memory is ready;
// it may be used concurrently.
type Memory[K comparable] struct {
	mu sync.Mutex
	// young has those that were used lately, old those before them.
	young, old map[K]string
}

// remembered is how many writers a generation has; there are two.
const remembered = 1 << 16

// Known gives the language of a writer, "" where it is not known.
func (m *Memory[K]) Known(of K) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	l, ok := m.young[of]
	if ok {
		return l
	}
	if l, ok = m.old[of]; ok {
		m.put(of, l)
	}
	return l
}

// Learn notes the language of a writer.
func (m *Memory[K]) Learn(of K, language string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.young[of] != language {
		m.put(of, language)
	}
}

func (m *Memory[K]) put(of K, language string) {
	if m.young == nil || len(m.young) >= remembered {
		m.young, m.old = make(map[K]string), m.young
	}
	m.young[of] = language
}
