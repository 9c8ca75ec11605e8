// Package contract loads one contract pack (合同包): organisations, systems with their implementers, roles, demo people,
// calendar, rules and processes of one contract, as data in YAML.
// It owns the meaning of those files and every check of them, and reports all problems of a pack at once, each with its
// file and line. `countersign contract check` prints them; `serve`, `api` and `worker` load a pack at start and refuse
// one with problems. What comes next reads a *Pack: the policy takes its grants, the API its systems and rules.
package contract
