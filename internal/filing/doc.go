// Package filing turns what the database knows of a ticket into files: the page that signers read, the Word form that is
// rendered anew after each step, and at the end the sealed form and the evidence pack. It implements the ports of
// activities (File) and api (RevisionPage); its Run loop works the render queue off. It decides nothing about a ticket.
package filing
