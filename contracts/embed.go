package contracts

import "embed"

// Default is the folder of the pack that is used when the operator names no other.
const Default = "bjmz-2024"

// FS holds every pack that is built into the program.
//
//go:embed bjmz-2024
var FS embed.FS
