package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"countersign/forms"
	"countersign/forms/ooxml"
)

// example is a finished upgrade with invented people, without pictures:
// docxtemplater places those only with an extra module.
func example() forms.Document {
	step := func(action, check, owner string, limit float64) any {
		return map[string]any{"action": action, "check": check, "owner": owner, "limit_minutes": limit}
	}
	sign := func(step, opinion, name string) forms.SignOff {
		return forms.SignOff{Step: step, Opinion: opinion, Name: name, Date: "2026年11月19日"}
	}
	return forms.Document{
		Values: forms.Values{
			"system_name": "养老服务综合管理系统", "deploy_location": "政务云二区", "virtualized": true, "data_backup_state": "已完成全量备份",
			"release_level": "日常发布", "release_version": "V3.2.1", "system_ip": "10.20.30.41、10.20.30.42", "ports": "443、8443",
			"applicant_unit": "示例科技有限公司", "business_office": "养老工作处", "applicant": "赵明远", "contact": "010-00000000",
			"requirement_name": "补贴发放批次核对", "requirement_no": "REQ-2026-000012",
			"upgrade_at": "2026-11-23T20:00:00+08:00", "expected_done_at": "2026-11-23T22:00:00+08:00", "window_end": "2026-11-23T23:00:00+08:00",
			"release_details": "一、新增补贴发放批次核对功能。\n二、涉及应用服务器 2 台、数据库 1 台。\n三、核对期间发放功能只读，不影响查询。",
			"rollback_plan":   "恢复 V3.2.0 安装包与升级前数据库快照，详见附件。", "verification_result": "预发布环境功能、性能、安全测试全部通过。",
			"remarks": "升级期间由运维值守。", "business_affected": true, "notice_waiver_requested": false, "confirm_limit_minutes": 60.0,
			"operators": []any{"赵明远", "钱立秋"}, "backup_statement": "数据库全量备份存放于备份服务器，已验证可恢复。",
			"rollback_steps": []any{step("停止应用服务", "服务端口不再监听", "赵明远", 10), step("恢复 V3.2.0 安装包", "版本号显示 V3.2.0", "钱立秋", 20), step("恢复数据库快照", "核对当日业务笔数", "钱立秋", 30)},
		},
		Text:        map[string]string{"number": "UPG-2026-000123", "revision": "第 2 版", "short_code": "3F7A-91C2-0B5D", "state": "已归档"},
		Attachments: map[string][]string{"test_report": {"预发布测试报告.pdf"}, "rollback_documents": {"回退操作手册.docx"}},
		SignOffs: []forms.SignOff{sign("implementer", "", "钱立秋"), sign("supervisor", "资料齐全，同意实施。", "孙若兰"), sign("client", "同意。", "李成栋"),
			sign("confirm_success", "升级成功，业务正常。", "李成栋"), sign("accept_report", "同意归档。", "李成栋")},
		Sections: map[string]any{
			"execution": map[string]any{"started_by": "赵明远", "started_at": "2026-11-23T20:05:00+08:00", "outcome": "升级成功"},
			"results":   map[string]any{"functional": "通过", "performance": "通过", "security": "通过", "notes": "响应时间无变化。"},
			"record":    map[string]any{"time": "2026年11月23日 20:05 至 21:40", "content": "部署 V3.2.1", "steps": "停服务、备份、部署、启动、验证", "problems": "无", "solutions": "无"},
			"report":    map[string]any{"content": "新增补贴发放批次核对功能。", "test_result": "功能、性能、安全测试均通过。", "problems": "无", "improvements": "缩短停服时间。"},
		},
	}
}

// contentsOf takes what our form shows out of it again, as data for
// docxtemplater: so both engines are given the same content, control by control.
func contentsOf(form, docx []byte) ([]byte, error) {
	definition, err := forms.ParseDefinition(form)
	if err != nil {
		return nil, err
	}
	file, err := ooxml.Open(docx, ooxml.DefaultLimits)
	if err != nil {
		return nil, err
	}
	tables := definition.RowTags()
	contents := file.Read(tables, nil)
	data := flat(contents.Controls)
	for _, table := range tables {
		rows := []any{}
		for _, row := range contents.Rows[table] {
			rows = append(rows, flat(row))
		}
		data[table] = rows
	}
	return json.Marshal(data)
}

func flat(controls map[string]ooxml.Content) map[string]any {
	data := map[string]any{}
	for tag, c := range controls {
		switch {
		case c.Kind != ooxml.CheckBox:
			data[tag] = c.Text
		case c.Checked:
			data[tag] = "☑"
		default:
			data[tag] = "☐"
		}
	}
	return data
}

// sameText makes sure that the two engines were measured on the same result.
func sameText(ours, theirs []byte) error {
	a, err := textOf(ours)
	if err != nil {
		return err
	}
	b, err := textOf(theirs)
	if err != nil {
		return err
	}
	if a != b {
		return fmt.Errorf("the two documents say different things:\n%s\n%s", a, b)
	}
	return nil
}

// textOf is the text of the main part without blanks.
func textOf(docx []byte) (string, error) {
	zr, err := zip.NewReader(bytes.NewReader(docx), int64(len(docx)))
	if err != nil {
		return "", err
	}
	part, err := zr.Open("word/document.xml")
	if err != nil {
		return "", err
	}
	decoder := xml.NewDecoder(part)
	var b strings.Builder
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return strings.Join(strings.Fields(b.String()), ""), part.Close()
		}
		if err != nil {
			return "", errors.Join(err, part.Close())
		}
		if text, ok := token.(xml.CharData); ok {
			b.Write(text)
		}
	}
}
