package demo

import (
	"context"
	"fmt"
	"time"

	"countersign"
	"countersign/forms"
)

// Roles of the example tickets: 公文流转系统 is run by its subcontractor (D-64).
const (
	system     = "document_flow"
	engineer   = "P004"
	colleague  = "P005"
	signer     = "P006"
	supervisor = "P010"
	client     = "P012"
	requester  = "P014"
)

// Play is one example ticket: it drives the ticket to its end and returns the number.
type Play struct {
	Name string
	Run  func(context.Context, *Cast) (string, error)
}

// Plays lists the example tickets: a straight success, a returned and revised request, a failed and rolled back upgrade.
func Plays() []Play {
	return []Play{
		{"straight", straight}, {"returned", returned}, {"rolled-back", rolledBack},
	}
}

// act is one move of a person on a ticket.
type act struct {
	person string
	do     func(context.Context, *Client, string) error
}

func decide(person string, d countersign.Decision, opinion string) act {
	return act{person, func(ctx context.Context, c *Client, number string) error {
		_, err := c.Decide(ctx, number, d, opinion)
		return err
	}}
}

func move(person, action string, values map[string]any) act {
	return act{person, func(ctx context.Context, c *Client, number string) error {
		_, err := c.Act(ctx, number, action, values)
		return err
	}}
}

// play runs moves in order.
func play(ctx context.Context, cast *Cast, number string, moves ...act) error {
	for i, m := range moves {
		c, err := cast.As(ctx, m.person)
		if err != nil {
			return err
		}
		if err := m.do(ctx, c, number); err != nil {
			return fmt.Errorf("%s, move %d by %s: %w", number, i+1, m.person, err)
		}
	}
	return nil
}

var (
	signed = []act{
		decide(signer, countersign.Approve, "方案和回退步骤已复核，同意申请。"),
		decide(supervisor, countersign.Approve, "测试报告齐全，回退方案可行，同意。"),
		decide(client, countersign.Approve, "同意，按窗口实施。"),
	}
	passed = map[string]any{"functional": "通过", "performance": "通过", "security": "通过", "notes": "回归用例 126 条全部通过，首页响应 0.8 秒。"}
	report = map[string]any{
		"content": "公文流转系统升级至 V3.2.1，增加会签部门意见汇总与导出。", "test_result": "功能、性能、安全测试均通过。",
		"problems": "无。", "improvements": "补充导出功能的操作指南。",
	}
	record = map[string]any{
		"time": "", "content": "部署 V3.2.1 升级包", "steps": "停应用；备份；替换程序包；执行脚本；启动；验证。", "problems": "无。", "solutions": "无。",
	}
)

// straight: submitted, signed by all three, carried out, confirmed, reported, filed.
func straight(ctx context.Context, cast *Cast) (string, error) {
	number, opens, err := Submitted(ctx, cast, "公文流转系统")
	if err != nil {
		return number, err
	}
	if err := play(ctx, cast, number, signed...); err != nil {
		return number, err
	}
	return number, carryOut(ctx, cast, number, opens)
}

// returned: the supervisor asks for a better rollback plan, the revision goes through.
func returned(ctx context.Context, cast *Cast) (string, error) {
	number, _, err := Submitted(ctx, cast, "公文流转系统")
	if err != nil {
		return number, err
	}
	err = play(ctx, cast, number, signed[0], decide(supervisor, countersign.Return, "回退方案缺少数据库回退的验证办法，请补充后重新提交。"))
	if err != nil {
		return number, err
	}
	form, opens := Form("公文流转系统")
	form["rollback_plan"] = "恢复升级前程序包与数据库备份；回退后用 126 条回归用例复核，并比对公文总数与待办数。"
	revise := act{engineer, func(ctx context.Context, c *Client, number string) error {
		if _, err := c.SaveForm(ctx, number, form); err != nil {
			return err
		}
		_, err := c.Act(ctx, number, "submit", nil)
		return err
	}}
	if err := play(ctx, cast, number, append([]act{revise}, signed...)...); err != nil {
		return number, err
	}
	return number, carryOut(ctx, cast, number, opens)
}

// rolledBack: a test after the upgrade fails, the signed rollback plan is carried out, each step confirmed by a colleague.
func rolledBack(ctx context.Context, cast *Cast) (string, error) {
	number, opens, err := Submitted(ctx, cast, "公文流转系统")
	if err != nil {
		return number, err
	}
	if err := play(ctx, cast, number, signed...); err != nil {
		return number, err
	}
	if err := waitUntil(ctx, opens); err != nil {
		return number, err
	}
	done := move(engineer, "rollback_done", map[string]any{"note": "已按步骤完成。"})
	confirmed := move(colleague, "rollback_confirm", map[string]any{"passed": "通过", "note": "已核对。"})
	return number, play(ctx, cast, number,
		move(engineer, "start", nil),
		move(engineer, "results", map[string]any{"functional": "不通过", "performance": "通过", "security": "通过", "notes": "导出的汇总表缺少会签部门意见。"}),
		done, confirmed, done, confirmed,
		move(engineer, "report", map[string]any{
			"content": "升级至 V3.2.1 后功能测试不通过，已按回退方案恢复至 V3.2.0。", "test_result": "功能测试不通过；回退后回归测试通过。",
			"problems": "汇总导出缺少会签部门意见字段。", "improvements": "补充导出用例后重新申请。",
		}),
		decide(client, countersign.Approve, "情况属实，同意归档。"))
}

func carryOut(ctx context.Context, cast *Cast, number string, opens time.Time) error {
	if err := waitUntil(ctx, opens); err != nil {
		return err
	}
	started := map[string]any{}
	for k, v := range record {
		started[k] = v
	}
	started["time"] = forms.PrintTime(time.Now())
	return play(ctx, cast, number,
		move(engineer, "start", nil),
		move(engineer, "note", map[string]any{"text": "备份完成，开始部署升级包。"}),
		move(engineer, "record", started),
		move(engineer, "results", passed),
		decide(client, countersign.Approve, "已现场验证，升级成功。"),
		move(engineer, "report", report),
		decide(client, countersign.Approve, "报告属实，同意归档。"))
}

func waitUntil(ctx context.Context, t time.Time) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Until(t) + 50*time.Millisecond):
		return nil
	}
}

// Form returns a complete example form and the time at which its window opens.
func Form(systemName string) (map[string]any, time.Time) {
	opens := time.Now().Truncate(time.Minute) // forms count in minutes; the window is open already
	at := func(d time.Duration) string { return opens.Add(d).Format(time.RFC3339) }
	return map[string]any{
		"system_name": systemName, "deploy_location": "政务云一区", "virtualized": true, "data_backup_state": "升级前全量备份，已校验可恢复",
		"release_level": "日常发布", "release_version": "V3.2.1", "system_ip": "10.20.30.41", "ports": "8080（应用）、5432（数据库）",
		"applicant_unit": "北京华博创科科技股份有限公司", "business_office": "办公室", "applicant": "赵文博", "contact": "运维值班电话",
		"upgrade_at": at(0), "expected_done_at": at(20 * time.Minute),
		"release_details":     "1. 增加会签部门意见汇总与导出；\n2. 修复待办列表分页错误。\n涉及应用服务器两台、数据库一台；风险：导出功能依赖新表，升级需执行建表脚本。",
		"rollback_plan":       "恢复升级前的程序包，执行回退脚本删除新建表，重启应用并复核。",
		"verification_result": "测试环境已完成功能、性能、安全测试，结果见所附测试报告。",
		"business_affected":   false, "window_end": at(30 * time.Minute), "confirm_limit_minutes": 60,
		"operators": []string{engineer, colleague}, "backup_statement": "升级前对应用目录和数据库做全量备份，备份保存在备份服务器，保留 30 天。",
		"rollback_steps": []map[string]any{
			{"action": "停止应用，恢复升级前的程序包", "check": "版本页显示 V3.2.0", "owner": engineer, "limit_minutes": 15},
			{"action": "执行数据库回退脚本并重启应用", "check": "登录、收文、发文各走一遍", "owner": engineer, "limit_minutes": 20},
		},
		"remarks": "",
	}, opens
}

// Submitted drafts an upgrade, attaches its test report and submits it. It returns the number and when the window opens.
func Submitted(ctx context.Context, cast *Cast, systemName string) (string, time.Time, error) {
	c, err := cast.As(ctx, engineer)
	if err != nil {
		return "", time.Time{}, err
	}
	form, opens := Form(systemName)
	a, err := c.Create(ctx, "upgrade", system, form, true)
	if err != nil {
		return "", opens, err
	}
	err = c.Attach(ctx, a.Number, "test_report", "测试报告.txt", []byte("公文流转系统 V3.2.1 测试报告\n功能测试 126 条全部通过；性能测试 0.8 秒；安全测试无高危漏洞。\n"))
	if err != nil {
		return a.Number, opens, err
	}
	_, err = c.Act(ctx, a.Number, "submit", nil)
	return a.Number, opens, err
}
