package store

import (
	"fmt"
	"testing"

	"countersign/internal/testkit"
)

// BenchmarkApply measures Stage and Apply of one decision, at full synchronisation.
func BenchmarkApply(b *testing.B) {
	for _, kind := range []string{"sqlite", "postgres"} {
		for _, clients := range []int{1, 16} {
			b.Run(fmt.Sprintf("%s/%d", kind, clients), func(b *testing.B) {
				s := open(b, kind, Config{}, testkit.Durable())
				tickets := make(chan string, b.N)
				for range b.N {
					tickets <- submitted(b, s, "s1").Number
				}
				b.SetParallelism(clients / 2)
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						approve(b, s, <-tickets, 0, signer)
					}
				})
			})
		}
	}
}
