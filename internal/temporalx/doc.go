// Package temporalx is the one place that talks to Temporal as a client: it dials with the encrypting payload codec, starts
// ticket workflows, sends commands as updates and translates what comes back into the domain's errors. The API and the
// reconciler use it; workflows know nothing of it.
package temporalx
