package main

import (
	"os"

	"go.temporal.io/server/common/log"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// newLogger writes JSON lines to standard error. Its level follows the life of the server. While that starts, warnings
// only tell that its parts wait for each other, so that errors alone count; then warnings too; while it stops, even
// errors only tell that its parts leave each other.
func newLogger() (log.Logger, zap.AtomicLevel) {
	level := zap.NewAtomicLevelAt(zap.ErrorLevel)
	encoder := zapcore.NewJSONEncoder(log.DefaultZapEncoderConfig)
	core := zapcore.NewCore(encoder, zapcore.Lock(os.Stderr), level)
	return log.NewZapLogger(zap.New(core)), level
}
