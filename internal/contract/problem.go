package contract

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"countersign"
	"countersign/internal/calendar"
)

// Problem is one fault of a pack. Line counts from 1 and is 0 when the fault belongs to no line, as with a missing file.
type Problem struct {
	File    string
	Line    int
	Code    string // stable, one of the Code constants
	English string
	Chinese string
}

// String writes the problem as file:line: code: English / 中文.
func (p Problem) String() string {
	where := p.File
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s: %s: %s / %s", where, p.Code, p.English, p.Chinese)
}

// Codes of problems. They are stable: scripts may rely on them.
const (
	CodeFileMissing      = "file.missing"
	CodeFileUnknown      = "file.unknown"
	CodeFileTooLarge     = "file.too_large"
	CodeSyntax           = "yaml.syntax"
	CodeAlias            = "yaml.alias"
	CodeType             = "yaml.type"
	CodeUnknownKey       = "yaml.unknown_key"
	CodeDuplicateField   = "yaml.duplicate_key"
	CodeRequired         = "yaml.required"
	CodeFormat           = "value.format"
	CodeRange            = "value.range"
	CodeDuplicate        = "key.duplicate"
	CodeUnknownRef       = "reference.unknown"
	CodeNoImplementer    = "implementer.missing"
	CodePartyNotAllowed  = "party.not_allowed"
	CodeTwoParties       = "party.two_parties"
	CodeRoleOrganisation = "role.organisation"
	CodeRoleNoSystem     = "role.no_system"
	CodeRoleMixed        = "role.mixed"
	CodeRoleScope        = "role.scope"
	CodeProcessUnknown   = "process.unknown"
	CodeRuleMissing      = "rule.missing"
	CodeRuleUnit         = "rule.unit"
	CodeTerm             = "term.order"
	CodePin              = "demo.pin"
	CodeCalendarGap      = "calendar.gap"
	CodeCalendarTerm     = "calendar.term"
	CodeCalendarYear     = "calendar.year"
	CodeCalendarWeekday  = "calendar.weekday"
	CodeCalendarDays     = "calendar.days"
	CodeCalendarOverlap  = "calendar.overlap"
	CodeCalendarIdle     = "calendar.no_effect"
)

// messages holds the English and the Chinese text of each code, with the same verbs in the same order.
var messages = map[string][2]string{
	CodeFileMissing:      {"the pack needs this file", "合同包缺少该文件"},
	CodeFileUnknown:      {"the pack has no place for this file", "合同包中不应有该文件"},
	CodeFileTooLarge:     {"the file is larger than %d bytes", "文件超过 %d 字节"},
	CodeSyntax:           {"not a single valid YAML document: %s", "不是一份正确的 YAML 文档：%s"},
	CodeAlias:            {"anchors and aliases are not allowed, write the value out", "不允许使用锚点和别名，请直接写出内容"},
	CodeType:             {"%s must be %s", "%s 的类型不对，应为 %s"},
	CodeUnknownKey:       {"unknown key %q", "不认识的键 %q"},
	CodeDuplicateField:   {"key %q stands here twice", "键 %q 重复"},
	CodeRequired:         {"%q is missing or empty", "缺少 %q 或其内容为空"},
	CodeFormat:           {"%s %q must look like %s", "%s %q 的写法应为 %s"},
	CodeRange:            {"%s is %d, must be from %d to %d", "%s 为 %d，应在 %d 到 %d 之间"},
	CodeDuplicate:        {"%s %q is already used in line %d", "%s %q 已在第 %d 行使用"},
	CodeUnknownRef:       {"there is no %s %q in this pack", "合同包中没有%s %q"},
	CodeNoImplementer:    {"system %q names no implementer", "系统 %q 没有指定实施单位"},
	CodePartyNotAllowed:  {"organisation %q plays %s for system %q, but its `parties` do not list that", "单位 %q 是 %s（系统 %q），但其 parties 中没有该方"},
	CodeTwoParties:       {"organisation %q plays both %s and %s for system %q", "单位 %q 同时充当 %s 和 %s（系统 %q），各方必须分开"},
	CodeRoleOrganisation: {"%s cannot hold %q for system %q: %q does not play that party there", "%s 不能持有角色 %q（系统 %q）：单位 %q 不是该系统的对应方"},
	CodeRoleNoSystem:     {"%s holds %q for *, but %q plays that party for no system", "%s 的角色 %q 适用于 *，但单位 %q 不是任何系统的对应方"},
	CodeRoleMixed:        {"%s holds %q, which excludes every role of a party", "%s 持有角色 %q，不能再持有任何一方的角色"},
	CodeRoleScope:        {"%s must hold %q for the whole installation: systems must be ['*']", "%s 的角色 %q 适用于整个系统，systems 应写为 ['*']"},
	CodeProcessUnknown:   {"this program has no process %q", "本程序没有流程 %q"},
	CodeRuleMissing:      {"rule %q is missing", "缺少规则 %q"},
	CodeRuleUnit:         {"rule %q must be in %q, not %q", "规则 %q 的单位应为 %q，而不是 %q"},
	CodeTerm:             {"the term ends on %s, before it begins on %s", "服务期截止 %s 早于开始 %s"},
	CodePin:              {"no PIN for %s", "没有 %s 的签名口令"},
	CodeCalendarGap:      {"the calendar has %d and %d, but not the years between", "日历有 %d 年和 %d 年，但缺少其间的年份"},
	CodeCalendarTerm:     {"the calendar lacks %d, a year of the term", "日历缺少服务期内的 %d 年"},
	CodeCalendarYear:     {"%s does not belong to the notice of %d", "%s 不属于 %d 年的通知"},
	CodeCalendarWeekday:  {"%s is a %s, not a %s", "%s 是%s，不是%s"},
	CodeCalendarDays:     {"%s to %s are %d days, not %d", "%s 至 %s 共 %d 天，不是 %d 天"},
	CodeCalendarOverlap:  {"%s is listed twice, first in line %d", "%s 重复，首次出现在第 %d 行"},
	CodeCalendarIdle:     {"%s changes nothing: %s", "%s 没有作用：%s"},
}

// report collects the problems of one pack.
type report struct{ problems []Problem }

// kind is what a key stands for, in English and Chinese.
type kind [2]string

var (
	organisationKind = kind{"organisation", "单位"}
	platformKind     = kind{"platform", "平台"}
	systemKind       = kind{"system", "系统"}
	roleKind         = kind{"role", "角色"}
	personKind       = kind{"person", "人员"}
	accountKind      = kind{"account", "账号"}
	ruleKind         = kind{"rule", "规则"}
	processKind      = kind{"process", "流程"}
	prefixKind       = kind{"number prefix", "编号前缀"}
)

// add records a problem; args fill both texts of the code, each in its language.
func (r *report) add(file string, line int, code string, args ...any) {
	english, chinese := make([]any, len(args)), make([]any, len(args))
	for i, arg := range args {
		switch a := arg.(type) {
		case kind:
			english[i], chinese[i] = a[0], a[1]
		case countersign.Party:
			english[i], chinese[i] = string(a), a.Label()
		case time.Weekday:
			english[i], chinese[i] = a.String(), calendar.WeekdayName(a)
		default:
			english[i], chinese[i] = arg, arg
		}
	}
	text := messages[code]
	r.problems = append(r.problems, Problem{
		File: file, Line: line, Code: code,
		English: fmt.Sprintf(text[0], english...), Chinese: fmt.Sprintf(text[1], chinese...),
	})
}

// sorted returns the problems by file, line and code.
func (r *report) sorted() []Problem {
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Code, b.Code))
	})
	return r.problems
}
