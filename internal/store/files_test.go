package store

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"countersign"
)

func TestAttachments(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		tk := draft(t, s, "s1")
		a := countersign.Attachment{Ticket: tk.Number, Field: "test_report", Name: "测试报告.pdf", MediaType: "application/pdf", Size: 1 << 40, SHA256: "aa", UploadedBy: "P001", UploadedAt: day}
		a = got(s.AddAttachment(t.Context(), a))(t)
		b := a
		b.ID, b.Name = 0, "2.pdf"
		b = got(s.AddAttachment(t.Context(), b))(t)
		if all := got(s.Attachments(t.Context(), tk.Number))(t); len(all) != 2 || all[0] != a || all[1] != b || a.ID == 0 {
			t.Errorf("%+v", all)
		}
		other := draft(t, s, "s1")
		_, err := s.Attachment(t.Context(), other.Number, a.ID)
		wantCode(t, err, countersign.ErrNotFound)
		wantCode(t, s.RemoveAttachment(t.Context(), other.Number, a.ID), countersign.ErrNotFound)
		must(t, s.RemoveAttachment(t.Context(), tk.Number, a.ID))
		_, err = s.Attachment(t.Context(), tk.Number, a.ID)
		wantCode(t, err, countersign.ErrNotFound)
		got(s.Submit(t.Context(), submitInput(tk.Number)))(t)
		wantCode(t, s.RemoveAttachment(t.Context(), tk.Number, b.ID), countersign.ErrConflict)
		if is := got(s.Attachment(t.Context(), tk.Number, b.ID))(t); is != b {
			t.Errorf("%+v", is)
		}
		b.Ticket = "none"
		_, err = s.AddAttachment(t.Context(), b)
		wantCode(t, err, countersign.ErrNotFound)
		b.Name = "\x00"
		_, err = s.AddAttachment(t.Context(), b)
		wantCode(t, err, countersign.ErrMalformed)
	})
}

func TestDocumentsAndTheRenderQueue(t *testing.T) {
	timed(t, func(t *testing.T, s *Store, c *clock) {
		tk := draft(t, s, "s1")
		d := countersign.Document{Ticket: tk.Number, Name: "form.docx", Revision: 1, MediaType: "m", SHA256: "aa", Size: 7, CreatedAt: day}
		must(t, s.PutDocument(t.Context(), d))
		if is := got(s.Document(t.Context(), tk.Number, "form.docx"))(t); is != d {
			t.Errorf("%+v", is)
		}
		next := func(want bool) RenderJob {
			t.Helper()
			job, ok, err := s.NextRender(t.Context(), 5*time.Second)
			if err != nil || ok != want {
				t.Fatalf("%+v, %v, %v", job, ok, err)
			}
			return job
		}
		next(false)
		got(s.Submit(t.Context(), submitInput(tk.Number)))(t)
		if is := got(s.Documents(t.Context(), tk.Number))(t); len(is) != 1 || !is[0].Pending || is[0].SHA256 != "aa" {
			t.Errorf("%+v", is)
		}
		next(false) // it may change again in a moment
		c.move(5 * time.Second)
		job := next(true)
		next(false) // somebody has it
		approve(t, s, tk.Number, 0, signer)
		must(t, s.DoneRender(t.Context(), job)) // but it changed meanwhile
		next(false)
		c.move(5 * time.Second)
		job = next(true)
		c.move(renderLease)
		again := next(true) // the first one died
		if again != job {
			t.Errorf("%+v, %+v", job, again)
		}
		must(t, s.DoneRender(t.Context(), again))
		c.move(time.Hour)
		next(false)
		d.SHA256, d.Revision = "bb", 2
		must(t, s.PutDocument(t.Context(), d))
		if is := got(s.Documents(t.Context(), tk.Number))(t); len(is) != 1 || is[0] != d {
			t.Errorf("%+v", is)
		}
		must(t, s.MarkRender(t.Context(), tk.Number))
		must(t, s.SettleRender(t.Context(), tk.Number))
		c.move(time.Hour)
		next(false)
		must(t, s.MarkRender(t.Context(), tk.Number))
		c.move(time.Minute)
		if job := next(true); job.Ticket != tk.Number || job.Mark <= again.Mark {
			t.Errorf("%+v", job)
		}
		wantCode(t, s.MarkRender(t.Context(), "none"), countersign.ErrNotFound)
		wantCode(t, s.PutDocument(t.Context(), countersign.Document{Ticket: "none"}), countersign.ErrNotFound)
		_, err := s.Document(t.Context(), tk.Number, "x\x00")
		wantCode(t, err, countersign.ErrMalformed)
		_, err = s.Document(t.Context(), tk.Number, "x")
		wantCode(t, err, countersign.ErrNotFound)
	})
}

func TestManyRenderersShareTheQueue(t *testing.T) {
	timed(t, func(t *testing.T, s *Store, c *clock) {
		for range 12 {
			submitted(t, s, "s1")
		}
		c.move(time.Minute)
		var wg sync.WaitGroup
		var mu sync.Mutex
		seen := map[string]int{}
		for range 6 {
			wg.Go(func() {
				for {
					job, ok, err := s.NextRender(t.Context(), 0)
					if err != nil {
						t.Error(err)
					}
					if !ok {
						return
					}
					mu.Lock()
					seen[job.Ticket]++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(seen) != 12 {
			t.Errorf("%v", seen)
		}
		for ticket, n := range seen {
			if n != 1 {
				t.Errorf("%s was given out %s", ticket, fmt.Sprint(n, " times"))
			}
		}
	})
}
