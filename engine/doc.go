// Command countersign-engine is the Temporal server of the embedded default: all four Temporal services, their
// database and the web UI in one process that listens on loopback only. It owns the settings that make Temporal small,
// durable and fast on one machine; it knows nothing about tickets.
//
// It is a module and a binary of its own because the server brings 200 requirements and a second SQLite driver that
// cannot live in one process with ours. The main module's internal/engineproc starts and supervises it; next in line
// are the API and the worker, which reach it by address like any other Temporal cluster.
package main
