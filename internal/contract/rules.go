package contract

import (
	"fmt"
	"slices"
	"time"
)

// Unit is what a rule counts.
type Unit string

// The units of rules.
const (
	UnitWorkingDay Unit = "working_day" // by the calendar of the pack (D-67)
	UnitHour       Unit = "hour"        // natural hours
	UnitTry        Unit = "try"
)

// Basis says whether the contract prints the number.
type Basis string

// The bases of rules.
const (
	BasisContract  Basis = "contract"  // printed in the contract: changing it changes the contract
	BasisParameter Basis = "parameter" // the contract is silent: the parties may set it
)

// Rule is one number that the software enforces.
type Rule struct {
	Key    string
	Name   string
	Value  int
	Unit   Unit
	Basis  Basis
	Source Source
}

// The rules that this program needs. Every pack must have them, in these units: there are no defaults in code.
const (
	RuleUpgradeNotice  = "upgrade_notice"               // working days before an upgrade that affects business
	RuleRemindAfter    = "sign_remind_after"            // hours until a waiting signer is reminded
	RuleRemindEvery    = "sign_remind_every"            // hours between further reminders
	RuleEscalateAfter  = "sign_escalate_after"          // hours until the client's leader hears of it
	RuleUpgradeConfirm = "upgrade_confirm_after_window" // hours after the window until the rollback opens
	RuleUpgradeWindow  = "upgrade_window_longest"       // hours that an upgrade window may last
	RulePINTries       = "pin_lock_tries"               // wrong PINs in a row until the key is locked
)

// required is a slice, so that problems come in a fixed order.
var required = []struct {
	key  string
	unit Unit
}{
	{RuleUpgradeNotice, UnitWorkingDay},
	{RuleRemindAfter, UnitHour},
	{RuleRemindEvery, UnitHour},
	{RuleEscalateAfter, UnitHour},
	{RuleUpgradeConfirm, UnitHour},
	{RuleUpgradeWindow, UnitHour},
	{RulePINTries, UnitTry},
}

// Rules are the rules of one pack.
type Rules struct{ all []Rule }

// All returns every rule in the order of the file.
func (r *Rules) All() []Rule { return slices.Clone(r.all) }

// Rule returns the rule with that key.
func (r *Rules) Rule(key string) (Rule, bool) {
	i := slices.IndexFunc(r.all, func(x Rule) bool { return x.Key == key })
	if i < 0 {
		return Rule{}, false
	}
	return r.all[i], true
}

// Workdays returns a rule in working days. It fails when the pack lacks the rule or counts it in another unit; it never
// does so for the Rule constants of this package, which are checked when the pack is loaded.
func (r *Rules) Workdays(key string) (int, error) { return r.value(key, UnitWorkingDay) }

// Tries returns a rule in tries; errors as with Workdays.
func (r *Rules) Tries(key string) (int, error) { return r.value(key, UnitTry) }

// Duration returns a rule in hours as a duration; errors as with Workdays.
func (r *Rules) Duration(key string) (time.Duration, error) {
	hours, err := r.value(key, UnitHour)
	return time.Duration(hours) * time.Hour, err
}

func (r *Rules) value(key string, unit Unit) (int, error) {
	rule, ok := r.Rule(key)
	if !ok {
		return 0, fmt.Errorf("the contract pack has no rule %q", key)
	}
	if rule.Unit != unit {
		return 0, fmt.Errorf("rule %q of the contract pack is in %s, not in %s", key, rule.Unit, unit)
	}
	return rule.Value, nil
}
