import { describe, expect, it } from 'vitest'
import type { Field } from '@/api/types'
import { clean, labelOf, show, size, topKey } from './values'

const look = { name: (id: string) => ({ P1: '赵文博', P2: '孙晓磊' })[id] ?? id, yes: '是', no: '否', locale: 'zh-CN' }

describe('show', () => {
  it.each([
    ['yes_no', false, '否'], ['yes_no', undefined, ''], ['person', 'P1', '赵文博'], ['persons', ['P1', 'P2'], '赵文博、孙晓磊'], ['person', 'P9', 'P9'],
    ['choice', ['甲', '乙'], '甲、乙'], ['text', '<b>', '<b>'], ['number', 0, '0 分钟'], ['datetime', 'nonsense', 'nonsense'],
  ])('%s %j', (kind, value, want) => expect(show({ kind, unit: '分钟' }, value, look)).toBe(want))

  it('writes times in the contract’s zone with the weekday', () => {
    expect(show({ kind: 'datetime' }, '2024-11-20T12:05:00Z', look)).toBe('2024年11月20日周三 20:05')
  })
})

describe('clean', () => {
  it('drops what is empty and keeps false and zero', () => {
    expect(clean({ a: '', b: undefined, c: false, d: 0, e: [], f: [{}, { x: '' }, { x: 1 }], g: ['P1'] })).toEqual({ c: false, d: 0, f: [{ x: 1 }], g: ['P1'] })
  })
})

describe('places', () => {
  const fields = [{ key: 'steps', label: '回退步骤', kind: 'rows', columns: [{ key: 'owner', label: '责任人', kind: 'person' }] }] as Field[]

  it.each([['steps', '回退步骤'], ['steps[1].owner', '回退步骤 第 2 行 责任人'], ['other', '']])('%s', (path, want) => expect(labelOf(fields, path)).toBe(want))
  it('knows the field of a place', () => expect(topKey('steps[1].owner')).toBe('steps'))
})

it.each([[12, '12 B'], [2048, '2.0 KB'], [5_242_880, '5.0 MB']])('size of %d', (bytes, want) => expect(size(bytes)).toBe(want))
