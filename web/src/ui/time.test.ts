import { expect, it } from 'vitest'
import { fromInput, relative, span, toInput } from './time'

it('turns stored times into inputs and back, in the contract’s zone', () => {
  expect(toInput('2024-11-20T12:00:00Z')).toBe('2024-11-20T20:00')
  expect(fromInput('2024-11-20T20:00')).toBe('2024-11-20T20:00:00+08:00')
  expect(toInput('')).toBe('')
  expect(toInput('nonsense')).toBe('')
  expect(fromInput('')).toBeUndefined()
})

it.each([[0, '00:00:00'], [-5, '00:00:00'], [3_661_000, '01:01:01'], [90_061_000, '1天 01:01:01']])('span of %d ms', (ms, want) => expect(span(ms)).toBe(want))

it.each([['2024-11-20T09:00:00Z', '3小时前'], ['2024-11-22T12:00:00Z', '后天'], ['2024-11-20T12:30:00Z', '30分钟后']])('relative %s', (at, want) => {
  expect(relative(at, 'zh-CN', Date.parse('2024-11-20T12:00:00Z'))).toBe(want)
})
