// Package contracts holds the contract packs as data: one folder per contract, YAML only.
// It owns no rule and no code beyond embedding them; internal/contract loads and checks a pack, whether it comes from
// here or from a folder that the operator names.
package contracts
