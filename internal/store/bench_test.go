package store

import (
	"fmt"
	"testing"

	"countersign/internal/testkit"
)

// BenchmarkStage and BenchmarkApply measure the two transactions of one signed decision with one client and with 16, at
// full synchronisation, as in production.
func BenchmarkStage(b *testing.B) {
	benchmark(b, func(b *testing.B, s *Store, ticket string) {}, stageApproval)
}

func BenchmarkApply(b *testing.B) {
	benchmark(b, stageApproval, func(b *testing.B, s *Store, ticket string) {
		if _, err := s.Apply(b.Context(), approval(ticket, 0, signer), hours); err != nil {
			b.Error(err)
		}
	})
}

func stageApproval(b *testing.B, s *Store, ticket string) {
	id := ticket + "/0"
	sig := signature("sig-"+id, ticket, 1, threeSteps[0], signer)
	sig.Statement, sig.CMS, sig.Certificate, sig.Picture = make([]byte, 2000), make([]byte, 3000), make([]byte, 700), make([]byte, 4000)
	_, err := s.Stage(b.Context(), Staged{Ticket: ticket, Signature: &sig, CommandID: id, CommandName: "approve", Payload: make([]byte, 500)})
	if err != nil {
		b.Error(err)
	}
}

func benchmark(b *testing.B, prepare, measured func(*testing.B, *Store, string)) {
	for _, kind := range []string{"sqlite", "postgres"} {
		for _, clients := range []int{1, 16} {
			b.Run(fmt.Sprintf("%s/%d", kind, clients), func(b *testing.B) {
				s := open(b, kind, Config{}, testkit.Durable())
				tickets := make(chan string, b.N)
				for range b.N {
					ticket := submitted(b, s, "s1").Number
					prepare(b, s, ticket)
					tickets <- ticket
				}
				b.ResetTimer()
				done := make(chan struct{})
				for range clients {
					go func() {
						defer func() { done <- struct{}{} }()
						for range b.N / clients {
							measured(b, s, <-tickets)
						}
					}()
				}
				for range clients {
					<-done
				}
				b.ReportMetric(float64(b.N/clients*clients)/b.Elapsed().Seconds(), "tx/s")
			})
		}
	}
}
