// `errors` at query time: errors of the plugin chain are logged or reported.
import { describe, expect, test } from 'vitest'
import { Request } from '../../../src/dns/request.ts'
import { formatLine } from '../../../src/log.ts'
import {
  type ConsolidateRule,
  consolidatorKey,
  errorsRuntime,
} from '../../../src/plugins/errors/runtime.ts'
import { encodeQuery } from '../../support/dns-encode.ts'
import { runtimeContext } from '../../support/runtime-context.ts'

function observe(consolidate: readonly ConsolidateRule[], error: string) {
  const lines: string[] = []
  const reports: string[] = []
  const context = runtimeContext({
    block: 3,
    writeLog: (record) => lines.push(formatLine('coredns', record, 0)),
    report: (line) => reports.push(line),
  })
  const link = errorsRuntime({ plugin: 'errors', stacktrace: false, consolidate }, context)
  const wire = encodeQuery({ name: 'Web.example.org', type: 'A' })
  const request = new Request()
  request.parse(wire, 0, wire.length)
  link.observer?.(0)?.observeError?.(request, 2, error)
  return { lines, reports }
}

describe('an error of the plugin chain', () => {
  test('is logged as one line', () => {
    expect(observe([], 'plugin/x: broken')).toEqual({
      lines: ['[ERROR] plugin/errors: 2 web.example.org. A: plugin/x: broken'],
      reports: [],
    })
  })

  test('is logged as one line even if its text has several', () => {
    expect(observe([], 'a\nb').lines).toEqual(['[ERROR] plugin/errors: 2 web.example.org. A: a b'])
  })

  test('is reported to the control thread with `consolidate`', () => {
    const rule = { periodMs: 1000, pattern: 'x', level: 'error', showFirst: false } as const
    const { lines, reports } = observe([rule], 'broken')
    expect(lines).toEqual([])
    expect(reports.map((line) => JSON.parse(line) as unknown)).toEqual([
      [
        consolidatorKey(3, [rule]),
        { rcode: 2, name: 'web.example.org.', type: 'A', error: 'broken' },
      ],
    ])
  })
})

test('a request without a zone is not observed', () => {
  const link = errorsRuntime(
    { plugin: 'errors', stacktrace: false, consolidate: [] },
    runtimeContext(),
  )
  expect(link.observer?.(-1)).toBeUndefined()
})
