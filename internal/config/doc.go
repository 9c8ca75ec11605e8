// Package config reads the settings of one process from defaults, one YAML file, the environment and flags, in that order,
// and reports everything that is wrong with them together. cmd/countersign is its only reader; the parts get their own
// section's values.
package config
