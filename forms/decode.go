package forms

import (
	"encoding/json"
	"fmt"
)

// DecodeValues reads values that Canonical wrote.
func DecodeValues(canonical []byte) (Values, error) {
	var v Values
	if err := json.Unmarshal(canonical, &v); err != nil {
		return nil, fmt.Errorf("form values: %w", err)
	}
	return v, nil
}

// MustParseDefinition is ParseDefinition for definitions that are compiled in; it panics on a problem, which a test of the
// process would show.
func MustParseDefinition(data []byte) *Definition {
	d, err := ParseDefinition(data)
	if err != nil {
		panic(err)
	}
	return d
}
