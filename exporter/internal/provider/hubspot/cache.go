package hubspot

import (
	"sync"
	"time"
)

// maxCached is how many answers of a kind are kept at least; at most it is twice
// as many.
const maxCached = 20_000

// cache keeps answers of the API for a while, those used last, in two
// generations. It may be used concurrently.
type cache[V any] struct {
	mu         sync.Mutex
	keep       time.Duration
	young, old map[string]kept[V]
}

type kept[V any] struct {
	value V
	at    time.Time
}

func (c *cache[V]) get(key string, now time.Time) (v V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.young[key]
	if !ok {
		if k, ok = c.old[key]; ok {
			c.add(key, k)
		}
	}
	if !ok || now.Sub(k.at) > c.keep {
		return v, false
	}
	return k.value, true
}

func (c *cache[V]) put(key string, v V, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(key, kept[V]{v, now})
}

func (c *cache[V]) add(key string, k kept[V]) {
	if _, there := c.young[key]; !there && (c.young == nil || len(c.young) >= maxCached) {
		c.young, c.old = make(map[string]kept[V]), c.young
	}
	c.young[key] = k
}
