package main

import (
	"net"
	"strconv"
	"time"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/metrics"
	"go.temporal.io/server/common/primitives"
)

const (
	loopback    = "127.0.0.1"
	clusterName = "active" // stored in the database with the first start: never rename
	// Names of the two stores inside the configuration.
	historyStore, visibilityStore = "history", "visibility"
)

// store is where the server keeps its data. The shard count is stored with the first start and cannot change.
type store struct {
	history, visibility *config.SQL
	shards              int32
}

// addresses are host:port of everything that listens.
type addresses struct {
	frontend, history, matching, worker string
	ui, metrics                         string // empty = off
}

// chooseAddresses settles every port, the internal ones free and on loopback too.
func chooseAddresses(o options) (addresses, error) {
	anyPort := net.JoinHostPort(loopback, "0")
	asked := []string{o.listen, anyPort, anyPort, anyPort}
	for _, optional := range []string{o.ui, o.metrics} {
		if optional != "" {
			asked = append(asked, optional)
		}
	}
	got, err := choosePorts(asked...)
	if err != nil {
		return addresses{}, err
	}
	a := addresses{frontend: got[0], history: got[1], matching: got[2], worker: got[3], metrics: o.metrics}
	if o.ui != "" {
		a.ui = got[4]
	}
	if o.metrics != "" {
		a.metrics = got[len(got)-1]
	}
	return a, nil
}

// staticHosts replaces gossip between members: one process needs no membership ports, and after kill -9 there are no
// dead members to wait for.
func (a addresses) staticHosts() map[primitives.ServiceName]static.Hosts {
	return map[primitives.ServiceName]static.Hosts{
		primitives.FrontendService: static.SingleLocalHost(a.frontend),
		primitives.HistoryService:  static.SingleLocalHost(a.history),
		primitives.MatchingService: static.SingleLocalHost(a.matching),
		primitives.WorkerService:   static.SingleLocalHost(a.worker),
	}
}

func serverConfig(a addresses, s store) *config.Config {
	cfg := &config.Config{
		Persistence: config.Persistence{
			DefaultStore:     historyStore,
			VisibilityStore:  visibilityStore,
			NumHistoryShards: s.shards,
			DataStores:       map[string]config.DataStore{historyStore: {SQL: s.history}, visibilityStore: {SQL: s.visibility}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: a.frontend},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		PublicClient:        config.PublicClient{HostPort: a.frontend},
		Services: map[string]config.Service{
			"frontend": service(a.frontend), "history": service(a.history),
			"matching": service(a.matching), "worker": service(a.worker),
		},
		Archival: config.Archival{
			History:    config.HistoryArchival{State: "disabled"},
			Visibility: config.VisibilityArchival{State: "disabled"},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: "disabled"},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: "disabled"},
		}},
	}
	cfg.Global.Membership = config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: loopback}
	if a.metrics != "" {
		cfg.Global.Metrics = &metrics.Config{
			Prometheus: &metrics.PrometheusConfig{ListenAddress: a.metrics, HandlerPath: "/metrics"},
		}
	}
	return cfg
}

func service(address string) config.Service {
	host, port, _ := net.SplitHostPort(address) // it comes from net.Addr
	number, _ := strconv.Atoi(port)
	return config.Service{RPC: config.RPC{GRPCPort: number, BindOnIP: host}}
}

// dynamicSettings are the few defaults, meant for big clusters, that hurt on one machine.
func dynamicSettings() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		// With the default four partitions a backlog drains at a third of the speed and single tasks wait for minutes.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
		// The default of 128,000 cached workflows is unbounded memory here.
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key(): 8096,
		// A search attribute works from the moment it is added, not a minute later. Rare reads, so it costs nothing.
		dynamicconfig.ForceSearchAttributesCacheRefreshOnRead.Key(): true,
	}
}
