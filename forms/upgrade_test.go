package forms_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"testing"
	"time"

	"countersign/forms"
)

// upgrade loads the definition and the template of the upgrade process.
func upgrade(t testing.TB) (*forms.Definition, *forms.Template) {
	t.Helper()
	return load(t, "../workflows/upgrade")
}

func load(t testing.TB, folder string) (*forms.Definition, *forms.Template) {
	t.Helper()
	d, err := forms.ParseDefinition(readFile(t, folder+"/form.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := forms.OpenTemplate(readFile(t, folder+"/template.docx"))
	if err != nil {
		t.Fatal(err)
	}
	return d, tmpl
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// people is the invented staff of the example.
var people = map[string]string{"P001": "赵明远", "P002": "钱立秋", "P003": "孙若兰", "P004": "李成栋"}

func name(id string) string { return people[id] }

// upgradeValues is a complete application, already in normal form.
func upgradeValues() forms.Values {
	return forms.Values{
		"system_name": "养老服务综合管理系统", "deploy_location": "政务云二区", "virtualized": true,
		"data_backup_state": "已完成全量备份", "release_level": "日常发布", "release_version": "V3.2.1",
		"system_ip": "10.20.30.41、10.20.30.42", "ports": "443、8443 <内部>", "applicant_unit": "示例科技有限公司",
		"business_office": "养老工作处", "applicant": "赵明远", "contact": "010-00000000",
		"requirement_name": "补贴发放批次核对", "requirement_no": "REQ-2026-000012",
		"upgrade_at": "2026-11-23T20:00:00+08:00", "expected_done_at": "2026-11-23T22:00:00+08:00",
		"release_details":     "一、新增补贴发放批次核对功能。\n二、涉及应用服务器 2 台、数据库 1 台。\n\n风险：核对期间发放功能只读 & 不影响查询。",
		"rollback_plan":       "恢复 V3.2.0 安装包与升级前数据库快照，详见附件。",
		"verification_result": "预发布环境功能、性能、安全测试全部通过。",
		"remarks":             "升级期间由运维值守。",
		"business_affected":   true, "notice_waiver_requested": false,
		"window_end": "2026-11-23T23:00:00+08:00", "confirm_limit_minutes": float64(60),
		"operators":        []any{"P001", "P002"},
		"backup_statement": "数据库全量备份存放于备份服务器，已验证可恢复。",
		"rollback_steps": []any{
			map[string]any{"action": "停止应用服务", "check": "服务端口不再监听", "owner": "P001", "limit_minutes": float64(10)},
			map[string]any{"action": "恢复 V3.2.0 安装包", "check": "版本号显示 V3.2.0", "owner": "P002", "limit_minutes": float64(20)},
			map[string]any{"action": "恢复数据库快照", "check": "核对当日业务笔数", "owner": "P002", "limit_minutes": float64(30)},
		},
	}
}

// signaturePNG draws a stroke on transparent ground.
func signaturePNG(t testing.TB) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 240, 80))
	for x := 10; x < 230; x++ {
		y := 40 + (x*x/37)%23 - 11
		for dy := 0; dy < 4; dy++ {
			img.Set(x, y+dy, color.NRGBA{B: 90, A: 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// upgradeDocument is the example as it stands at the very end.
func upgradeDocument(t testing.TB) forms.Document {
	day := forms.PrintDate(time.Date(2026, 11, 19, 9, 0, 0, 0, forms.China))
	return forms.Document{
		Values: upgradeValues(),
		Text:   map[string]string{"number": "UPG-2026-000123", "revision": "第 2 版", "short_code": "3F7A-91C2-0B5D", "state": "已归档"},
		Names:  name,
		Attachments: map[string][]string{
			"test_report": {"预发布测试报告.pdf"}, "rollback_documents": {"回退操作手册.docx", "数据库快照清单.xlsx"},
		},
		SignOffs: []forms.SignOff{
			{Party: "implementer", Name: "钱立秋", Date: day, Picture: signaturePNG(t)},
			{Party: "supervisor", Opinion: "资料齐全，同意实施。", Name: "孙若兰", Date: day, OnBehalfOf: "周静"},
			{Party: "client", Opinion: "同意。请于窗口内完成，并及时反馈结果。", Name: "李成栋", Date: day, Picture: signaturePNG(t)},
			{Party: "client", Step: "confirm_success", Opinion: "升级成功，业务正常。", Name: "李成栋", Date: day, Picture: signaturePNG(t)},
			{Party: "client", Step: "accept_report", Opinion: "同意归档。", Name: "李成栋", Date: day, Picture: signaturePNG(t)},
		},
		Sections: map[string]any{
			"execution": map[string]any{
				"started_by": "P001", "started_at": "2026-11-23T20:05:00+08:00", "outcome": "升级成功",
				"notes": []any{
					map[string]any{"at": "2026-11-23T20:10:00+08:00", "by": "P001", "text": "应用服务已停止。"},
					map[string]any{"at": "2026-11-23T21:20:00+08:00", "by": "P002", "text": "数据库脚本执行完成，共 3 个。"},
				},
			},
			"results": map[string]any{"functional": "通过", "performance": "通过", "security": "通过", "notes": "响应时间无变化。"},
			"record": map[string]any{
				"time": "2026年11月23日 20:05 至 21:40", "content": "部署 V3.2.1", "steps": "停服务、备份、部署、启动、验证", "problems": "无", "solutions": "无",
			},
			"report": map[string]any{
				"content": "新增补贴发放批次核对功能。", "test_result": "功能、性能、安全测试均通过。", "problems": "无", "improvements": "缩短停服时间。",
			},
		},
	}
}
