package forms_test

import (
	"slices"
	"testing"

	"countersign/forms"
)

func TestAttachment(t *testing.T) {
	tests := []struct {
		options string
		mode    forms.Mode
		have    int
		want    []string
	}{
		{"kind: attachment, min_count: 2", forms.Submit, 1, []string{"x too_few_files"}},
		{"kind: attachment, min_count: 2", forms.Submit, 2, nil},
		{"kind: attachment, min_count: 2", forms.Draft, 0, nil},
		{"kind: attachment, required: true", forms.Submit, 0, []string{"x too_few_files"}},
		{"kind: attachment", forms.Submit, 0, nil},
	}
	for _, tt := range tests {
		_, problems := one(t, tt.options).Validate(forms.Values{}, tt.mode, forms.Env{Attachments: map[string]int{"x": tt.have}})
		if !slices.Equal(codes(problems), tt.want) {
			t.Errorf("%s with %d files: %q, want %q", tt.options, tt.have, codes(problems), tt.want)
		}
	}
	checkKind(t, "kind: attachment", []accepted{{"a value", "a.pdf", nil, []string{"x not_a_value"}}})
}
