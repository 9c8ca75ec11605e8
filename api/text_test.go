package api

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestUnambiguousJSON(t *testing.T) {
	for body, want := range map[string]bool{
		`{}`: true, `{"a":1,"b":{"a":[{"a":1},{"a":2}]}}`: true, `not JSON`: true, ``: true, `{"a":`: true, `]`: true, `"\`: true,
		`{"a":"\ud83d\ude00"}`: true, `{"a":"\\ud800x"}`: true, `{"a":"\\\\ud800"}`: true, `{"a":"a"}`: true, `["a","a"]`: true, `{"a":"b","b":"a"}`: true,
		`{"a":"\ud800x"}`: false, `{"a":"\udc00"}`: false, `{"a":"\ud800\ud800"}`: false, `{"a":"\\\ud800"}`: false, `{"a":"\uD83D"}`: false,
		`{"\udead":1}`: false, "{\"a\":\"\xff\"}": false, "{\"a\":\"\xed\xa0\x80\"}": false,
		`{"a":1,"a":1}`: false, `{"a":1,"A":1}`: false, `{"a":1,"\u0061":1}`: false, `{"x":[{"b":{},"b":[]}]}`: false, `{"s":1,"ſ":2}`: false,
		strings.Repeat(`{"a":`, 9000) + "1" + strings.Repeat("}", 9000): true,
	} {
		if got := unambiguous([]byte(body)); got != want {
			t.Errorf("%.60q: %v", body, got)
		}
	}
}

// TestUnambiguousJSONIsReadAsWritten: what passes survives the decoder.
func TestUnambiguousJSONIsReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := "{" + strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{`"a"`, `"b"`, `:`, `,`, `"\ud83d\ude00"`, `"\ud83d"`, `"\\"`, `{`, `}`, `[`, `]`, `1`}), 0, 12).Draw(t, "body"), "") + "}"
		var v map[string]any
		if json.Unmarshal([]byte(body), &v) != nil || !unambiguous([]byte(body)) {
			return
		}
		written, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var again map[string]any
		if err := json.Unmarshal(written, &again); err != nil || !reflect.DeepEqual(v, again) || strings.ContainsRune(string(written), 0xFFFD) {
			t.Fatalf("%s is read as %s", body, written)
		}
	})
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"P004": "P004", "a\u202eb\u200b": "a?b?", "a\x00\x01": "a??", "\xff": "\uFFFD", "\u2028": "?", "中文\n": "中文\n", "": "", "\u200b\xff\u200b": "?\uFFFD?", "\xff\u200b": "\uFFFD?",
	} {
		if got := printable(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestOpinionsAreReadAsTheyWereWritten: nothing that is signed is invisible, turned round or replaced.
func TestOpinionsAreReadAsTheyWereWritten(t *testing.T) {
	w := newWorld(t)
	number := w.submitted()
	send := func(opinion string) answer {
		return w.as("P006", "POST", "/tickets/"+number+"/decisions", `{"decision":"approve","pin":"`+w.pin("P006")+`","opinion":"`+opinion+`"}`)
	}
	for name, opinion := range map[string]string{
		"zero width": `同\u200b意`, "right to left": `同意\u202e意不`, "isolate": `\u2066x`, "BOM": `同\ufeff意`, "control": `同意\u0007`, "escape": `\u001b[2J`,
		"line separator": `a\u2028b`, "replacement": `同\ufffd意`, "noncharacter": `a\uffff`, "C1": `a\u0085b`, "lone surrogate": `\ud800x`, "soft hyphen": `a\u00adb`,
	} {
		if a := send(opinion); a.StatusCode != 400 || a.code() != "malformed" {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.body)
		}
	}
	for name, body := range map[string]string{
		"decision twice":      `{"decision":"reject","decision":"approve","opinion":"x","pin":"` + w.pin("P006") + `"}`,
		"in another case":     `{"decision":"reject","Decision":"approve","opinion":"x","pin":"` + w.pin("P006") + `"}`,
		"the same waiver":     `{"decision":"approve","waivers":["notice_lead_time","notice_lead_time"],"pin":"` + w.pin("P006") + `"}`,
		"escaped second name": `{"decision":"reject","\u0064ecision":"approve","opinion":"x","pin":"` + w.pin("P006") + `"}`,
	} {
		if a := w.as("P006", "POST", "/tickets/"+number+"/decisions", body); a.StatusCode != 400 || a.code() != "malformed" {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.body)
		}
	}
	w.must(send(` 同意，\r\n按计划执行 \ud83d\ude00 `), 200)
	signatures, err := w.store.Signatures(t.Context(), number)
	if err != nil || len(signatures) != 1 || signatures[0].Opinion != "同意，\n按计划执行 😀" {
		t.Errorf("%+v %v", signatures, err)
	}
}
