package main

import (
	"os"

	"go.temporal.io/server/common/log"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// newLogger writes JSON lines to standard error. Its level moves with the life of the server: while it starts and
// stops, warnings only tell that its parts wait for each other, so that errors alone count; in between, warnings too.
func newLogger() (log.Logger, zap.AtomicLevel) {
	level := zap.NewAtomicLevelAt(zap.ErrorLevel)
	encoder := zapcore.NewJSONEncoder(log.DefaultZapEncoderConfig)
	core := zapcore.NewCore(encoder, zapcore.Lock(os.Stderr), level)
	return log.NewZapLogger(zap.New(core)), level
}
