package hub

import (
	"container/list"
	"sync"
)

// lru keeps what was used last, up to a budget of weight. What it holds never changes (git objects by id), or only hints.
type lru[K comparable, V any] struct {
	mu     sync.Mutex
	budget int
	weight int
	order  *list.List // front is newest
	items  map[K]*list.Element
}

type weighed[K comparable, V any] struct {
	key    K
	value  V
	weight int
}

func newLRU[K comparable, V any](budget int) *lru[K, V] {
	return &lru[K, V]{budget: budget, order: list.New(), items: map[K]*list.Element{}}
}

func (c *lru[K, V]) get(k K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.items[k]
	if !ok {
		var none V
		return none, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*weighed[K, V]).value, true
}

// drop forgets a key, so that another value can take its place.
func (c *lru[K, V]) drop(k K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.items[k]; ok {
		c.weight -= c.order.Remove(e).(*weighed[K, V]).weight
		delete(c.items, k)
	}
}

func (c *lru[K, V]) put(k K, v V, weight int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.items[k]; ok || weight > c.budget {
		return
	}
	c.items[k] = c.order.PushFront(&weighed[K, V]{k, v, weight})
	for c.weight += weight; c.weight > c.budget; {
		oldest := c.order.Remove(c.order.Back()).(*weighed[K, V])
		delete(c.items, oldest.key)
		c.weight -= oldest.weight
	}
}
