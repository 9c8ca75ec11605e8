// What a ticket waits for, in words, and why somebody has nothing to do. Pure; the texts come from the caller.
import type { Me, Process, Task, Ticket } from '@/api/types'

export type Say = (key: string, values?: Record<string, unknown>) => string

const closed = ['filed', 'rejected', 'cancelled', 'expired']

/** isClosed reports whether nothing can happen any more. */
export const isClosed = (state: string): boolean => closed.includes(state)

/** isEditable reports whether the drafter may write. */
export const isEditable = (state: string): boolean => ['draft', 'returned', 'withdrawn'].includes(state)

/** actionLabel is the word for an execution step. */
export function actionLabel(process: Process | undefined, name: string): string {
  return process?.actions?.find((a) => a.name === name)?.label ?? name
}

function whoOf(task: Task, t: Ticket, say: Say): string {
  if (task.person) return t.names[task.person] ?? task.person
  const organisation = t.names[task.organisation] ?? task.organisation
  return task.party ? `${say('party.' + task.party)}（${organisation}）` : organisation
}

/** waitsFor says what a ticket waits for, one line per kind of task. */
export function waitsFor(t: Ticket, process: Process | undefined, say: Say): string[] {
  if (isClosed(t.state)) return [say('ticket.closed')]
  if (t.version === 0) return [say('ticket.notYet')]
  const byKind = new Map<string, Task[]>()
  for (const task of t.tasks ?? []) byKind.set(task.kind, [...(byKind.get(task.kind) ?? []), task])
  return [...byKind].map(([kind, tasks]) => {
    const who = [...new Set(tasks.map((x) => whoOf(x, t, say)))].join('、')
    if (kind === 'sign') return say('ticket.waitSign', { who })
    if (kind === 'revise') return say('ticket.waitRevise')
    return say('ticket.waitAct', { who, what: actionLabel(process, kind) })
  })
}

/** signing names the decisions among the actions. */
export const decisions = ['approve', 'return', 'reject']

/** due are the actions that the ticket waits for from this person; the others may be taken at any time. */
export function dueActions(t: Ticket): string[] {
  const kinds = new Set((t.tasks ?? []).map((x) => x.kind))
  return (t.actions ?? []).map((a) => a.name).filter((n) => kinds.has(n) || decisions.includes(n) || (n === 'submit' && isEditable(t.state)))
}

/** whyNot says why a person who might expect to sign cannot. '' when there is no special reason. */
export function whyNot(t: Ticket, me: Me, say: Say): string {
  const task = t.tasks?.find((x) => x.kind === 'sign' && x.organisation === me.person.organisation)
  if (!task || (t.actions ?? []).some((a) => decisions.includes(a.name))) return ''
  if (t.drafters?.includes(me.person.id)) return say('ticket.ownDraft')
  const elsewhere = t.signatures?.some((s) => s.person === me.person.id && s.party !== task.party)
  return elsewhere ? say('ticket.twoParties') : ''
}

/** stepName is the word for a step of the chain or after it. */
export function stepName(id: string, say: Say, known: (key: string) => boolean): string {
  const key = 'ticket.steps.' + id.replace('.', '_') // a dot would lead into the texts' tree
  return known(key) ? say(key) : id
}
