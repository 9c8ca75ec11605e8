package evidence

import _ "embed" // the guide travels inside every pack

// guideText and scriptText tell a reader how to check a pack with openssl alone.
var (
	//go:embed guide/VERIFY.md
	guideText []byte
	//go:embed guide/verify.sh
	scriptText []byte
)
