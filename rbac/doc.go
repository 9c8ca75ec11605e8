// Package rbac decides who may do what: one Casbin model with domains (contract/system), role templates that are held
// once, and the people's grants. It owns the model, the policy of the installation (base.csv), the table of route
// permissions and the rule that keeps the three parties of one ticket apart; each process brings its own policy.csv.
//
// The API asks [Enforcer.Decide] before every action and reloads the grants when they change. The workflow applies the
// separation rules once more on its own, and the evidence verifier recomputes them from the signed facts.
package rbac
