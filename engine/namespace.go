package main

import (
	"fmt"
	"time"

	sqliteschema "go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	namespace = "countersign"
	// retention keeps finished workflows for the questions that auditors ask a year later. The evidence itself lives
	// in the application's database, without limit.
	retention = 365 * 24 * time.Hour
)

// ensureNamespace writes the namespace into the store before the server starts. Registering it afterwards over the API
// works too, but the services notice only seconds later. The function of package sqlite serves every SQL store.
func ensureNamespace(s store) error {
	n, err := sqliteschema.NewNamespaceConfig(clusterName, namespace, false, nil)
	if err != nil {
		return fmt.Errorf("namespace: %w", err)
	}
	n.Detail.Info.Description = "Countersign tickets"
	n.Detail.Config.Retention = durationpb.New(retention)
	if err := sqliteschema.CreateNamespaces(s.history, n); err != nil {
		return fmt.Errorf("namespace: %w", err)
	}
	return nil
}
