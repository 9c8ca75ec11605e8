import { describe, expect, it } from 'vitest'
import type { Me, Process, Ticket } from '@/api/types'
import { dueActions, waitsFor, whyNot } from './standing'

const say = (key: string, values?: Record<string, unknown>) => key + (values ? ' ' + Object.values(values).join('|') : '')
const ticket = (over: object) => ({ state: 'signing', version: 1, names: { org: '监理公司', P1: '赵文博' }, tasks: [], actions: [], drafters: [], signatures: [], ...over }) as unknown as Ticket
const process = { actions: [{ name: 'start', label: '开始升级' }] } as unknown as Process
const me = { person: { id: 'P1', organisation: 'org' } } as unknown as Me
const sign = { kind: 'sign', party: 'supervisor', organisation: 'org', step: 'approval.supervisor' }

describe('waitsFor', () => {
  it.each([
    [{ state: 'filed' }, ['ticket.closed']], [{ version: 0 }, ['ticket.notYet']],
    [{ tasks: [sign] }, ['ticket.waitSign party.supervisor（监理公司）']], [{ tasks: [{ kind: 'revise', person: 'P1' }] }, ['ticket.waitRevise']],
    [{ tasks: [{ kind: 'start', person: 'P1' }, { kind: 'start', person: 'P2' }] }, ['ticket.waitAct 赵文博、P2|开始升级']],
  ])('%j', (over, want) => expect(waitsFor(ticket(over), process, say)).toEqual(want))
})

describe('whyNot', () => {
  it.each([
    [{ tasks: [sign], drafters: ['P1'] }, 'ticket.ownDraft'], [{ tasks: [sign], signatures: [{ person: 'P1', party: 'client' }] }, 'ticket.twoParties'],
    [{ tasks: [sign] }, ''], [{ tasks: [sign], drafters: ['P1'], actions: [{ name: 'approve' }] }, ''],
  ])('%j', (over, want) => expect(whyNot(ticket(over), me, say)).toBe(want))
})

it('knows what the ticket waits for from this person', () => {
  expect(dueActions(ticket({ tasks: [sign, { kind: 'start', person: 'P1' }], actions: [{ name: 'approve' }, { name: 'start' }, { name: 'note' }] }))).toEqual(['approve', 'start'])
})
