package forms

import "countersign/forms/ooxml"

// Tag prefixes that no field or section may take as its key.
const (
	tagDoc     = "doc"
	tagSignOff = "signoff"
)

// slots lists every content control that the definition knows: fields, header
// texts, sign-offs and sections.
func (d *Definition) slots() []slot {
	list := fieldSlots(d.Fields, "", "")
	for _, h := range d.Header {
		list = append(list, slot{
			tag: tagDoc + "." + h.Key, alias: h.Label, kinds: textControls, needed: !h.Optional, many: true,
		})
	}
	for _, part := range d.SignOffs {
		for _, b := range part.Blocks {
			list = append(list, b.slots()...)
		}
	}
	for _, s := range d.Sections {
		list = append(list, fieldSlots(s.Fields, s.Key+".", s.Title+"：")...)
	}
	return list
}

func fieldSlots(fields []*Field, prefix, label string) (list []slot) {
	for _, f := range fields {
		list = append(list, f.kind.slots(f, prefix+f.Key, label+f.Label)...)
	}
	return list
}

func (b SignOffBlock) slots() []slot {
	tag := func(part string) string { return tagSignOff + "." + b.Step + "." + part }
	return []slot{
		{tag: tag("opinion"), alias: b.Label + "：意见", kinds: textControls, needed: b.Opinion},
		{tag: tag("signature"), alias: b.Label + "：签字", kinds: append([]ooxml.Kind{ooxml.Picture}, textControls...), needed: true},
		{tag: tag("note"), alias: b.Label + "：代签说明", kinds: textControls, needed: true},
		{tag: tag("date"), alias: b.Label + "：日期", kinds: dateControls, needed: true},
		{tag: tag("name"), alias: b.Label + "：姓名", kinds: textControls},
		{tag: tag("organisation"), alias: b.Label + "：单位", kinds: textControls},
	}
}

// RowTags lists the tags of all rows fields, those of sections included: the
// tables whose rows repeat in a template.
func (d *Definition) RowTags() (tags []string) {
	for _, s := range d.slots() {
		if len(s.kinds) == 1 && s.kinds[0] == ooxml.Repeat {
			tags = append(tags, s.tag)
		}
	}
	return tags
}

// ControlTitle returns the title (w:alias) that the control with the tag should
// bear, and whether the definition knows the tag at all.
func (d *Definition) ControlTitle(tag string) (string, bool) {
	for _, s := range d.slots() {
		if s.tag == tag {
			return s.alias, true
		}
	}
	return "", false
}
