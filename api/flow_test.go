package api

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"countersign"
	"countersign/internal/evidence/cades"
	"crypto/x509"
)

// upgradeForm is a complete form whose window opens in three days.
func (w *world) upgradeForm() map[string]any {
	opens := w.now.Add(72 * time.Hour)
	at := func(d time.Duration) string { return opens.Add(d).Format(time.RFC3339) }
	return map[string]any{
		"system_name": "公文流转系统", "deploy_location": "政务云一区", "virtualized": true, "data_backup_state": "升级前全量备份",
		"release_level": "日常发布", "release_version": "V3.2.1", "system_ip": "10.20.30.41", "ports": "8080",
		"applicant_unit": "北京华博创科科技股份有限公司", "business_office": "办公室", "applicant": "赵文博", "contact": "值班电话",
		"upgrade_at": at(0), "expected_done_at": at(20 * time.Minute), "release_details": "增加汇总导出。", "rollback_plan": "恢复升级前的程序包。",
		"verification_result": "测试通过，见所附测试报告。", "business_affected": false, "window_end": at(time.Hour), "confirm_limit_minutes": 60,
		"operators": []string{"P004", "P005"}, "backup_statement": "升级前做全量备份。",
		"rollback_steps": []map[string]any{{"action": "恢复程序包", "check": "版本页显示 V3.2.0", "owner": "P004", "limit_minutes": 15}},
	}
}

// draft makes a complete draft with its test report and returns its number.
func (w *world) draft(form map[string]any) string {
	w.t.Helper()
	var made AnswerBody
	w.must(w.as("P004", "POST", "/tickets", map[string]any{"process": "upgrade", "system": testSystem, "form": form, "draft": true}), 201).decode(w.t, &made)
	w.must(w.upload("P004", "POST", "/tickets/"+made.Number+"/attachments", "测试报告.txt", []byte("全部通过\n"), "field", "test_report"), 201)
	return made.Number
}

// submitted makes a ticket that waits for its first signature.
func (w *world) submitted() string {
	w.t.Helper()
	number := w.draft(w.upgradeForm())
	w.must(w.as("P004", "POST", "/tickets/"+number+"/actions/submit", map[string]any{}), 200)
	return number
}

func (w *world) decide(person, number, decision, opinion string, headers ...string) answer {
	w.t.Helper()
	return w.as(person, "POST", "/tickets/"+number+"/decisions", map[string]any{
		"decision": decision, "opinion": opinion, "pin": w.pack.Demo.PINs[person],
	}, headers...)
}

func (w *world) act(person, number, action string, values map[string]any) answer {
	w.t.Helper()
	body := map[string]any{}
	if values != nil {
		body["values"] = values
	}
	return w.as(person, "POST", "/tickets/"+number+"/actions/"+action, body)
}

func TestUpgradeFromDraftToFiling(t *testing.T) {
	w := newWorld(t)
	number := w.submitted()
	if n := len(w.engine.started); n != 1 || w.engine.started[0].Ticket != number || len(w.engine.started[0].Clocks) != 3 || len(w.engine.started[0].Plan) == 0 {
		t.Fatalf("started %+v", w.engine.started)
	}
	w.must(w.decide("P006", number, "approve", "同意申请"), 200)
	w.must(w.decide("P010", number, "approve", "同意"), 200)
	w.must(w.decide("P012", number, "approve", ""), 200)
	w.must(w.act("P004", number, "start", nil), 200)
	w.must(w.act("P004", number, "note", map[string]any{"text": "开始部署"}), 200)
	w.must(w.act("P004", number, "note", map[string]any{"text": "开始部署"}), 200) // the same words again are another record
	w.must(w.act("P004", number, "results", map[string]any{"functional": "通过", "performance": "通过", "security": "通过", "notes": "正常"}), 200)
	w.must(w.decide("P012", number, "approve", "升级成功"), 200)
	w.must(w.act("P004", number, "report", map[string]any{"content": "完成", "test_result": "通过", "problems": "无", "improvements": "无"}), 200)
	w.must(w.decide("P012", number, "approve", "同意归档"), 200)
	if got := w.ticket(number).State; got != countersign.StateFiled {
		t.Fatalf("state %s", got)
	}
	w.checkSignatures(number, 5)
}

// checkSignatures verifies every signature and that each names the one before it.
func (w *world) checkSignatures(number string, want int) {
	w.t.Helper()
	signatures, err := w.store.Signatures(context.Background(), number)
	if err != nil || len(signatures) != want {
		w.t.Fatalf("%d signatures, want %d (%v)", len(signatures), want, err)
	}
	previous := ""
	for _, sig := range signatures {
		var st countersign.Statement
		if err := json.Unmarshal(sig.Statement, &st); err != nil {
			w.t.Fatal(err)
		}
		if st.Previous != previous || st.Ticket != number || st.Person != sig.Person || len(st.Chain) != 3 || len(st.Drafters) == 0 || len(st.Documents) != 1 || len(st.Attachments) != 1 {
			w.t.Errorf("statement of %s: %s", sig.Step, sig.Statement)
		}
		if sig.Status != countersign.SignatureCounted {
			w.t.Errorf("%s is %s", sig.Step, sig.Status)
		}
		opened, err := cades.Open(sig.CMS, sig.Statement)
		if err != nil {
			w.t.Errorf("%s: %v", sig.Step, err)
			continue
		}
		cert, err := x509.ParseCertificate(sig.Certificate)
		if err != nil || !opened.Certificate.Equal(cert) || hexDigest(sig.CMS) != sig.ID {
			w.t.Errorf("%s: certificate or ID is wrong (%v)", sig.Step, err)
		}
		previous = sig.ID
	}
}
