package contract

import (
	"regexp"

	"countersign"
)

var pinForm = regexp.MustCompile(`^[0-9]{6}$`)

// minPassword is the shortest demo password, in bytes.
const minPassword = 12

func (b *builder) readPeople(o *object) {
	for _, item := range o.objects("people", true) {
		p := Person{
			Person: countersign.Person{
				ID:           b.define(item, "id", personKind, personForm, "P001"),
				Account:      b.define(item, "account", accountKind, accountForm, "chen.gong"),
				Name:         item.text("name"),
				Organisation: b.refer(item, "organisation", organisationKind),
			},
			Unit: item.optional("unit"), Title: item.optional("title"), line: item.line,
		}
		for _, role := range item.objects("roles", true) {
			g := grant{role: b.refer(role, "role", roleKind), systems: role.texts("systems", true), line: role.line}
			for _, system := range g.systems {
				if system != everySystem {
					b.want(role, role.lineOf("systems"), systemKind, system)
				}
			}
			role.done()
			p.grants = append(p.grants, g)
		}
		item.done()
		if p.ID != "" {
			b.pack.personAt[p.ID] = len(b.pack.people)
			b.pack.people = append(b.pack.people, p)
		}
	}
	if demo := o.child("demo", false); demo != nil {
		b.readDemo(demo)
	}
}

// readDemo reads the demo credentials: a password for all and one PIN for each person of the pack.
func (b *builder) readDemo(o *object) {
	d := &Demo{Password: o.text("password"), PINs: map[string]string{}}
	if d.Password != "" && len(d.Password) < minPassword {
		o.add(o.lineOf("password"), CodeRange, "password", len(d.Password), minPassword, 100)
	}
	if pins := o.child("pins", true); pins != nil {
		for _, p := range b.pack.people {
			if pins.field(p.ID, false) == nil {
				pins.add(p.line, CodePin, p.ID)
				continue
			}
			d.PINs[p.ID] = pins.matching(p.ID, pinForm, "123456")
		}
		pins.done()
	}
	o.done()
	b.pack.Demo = d
}
