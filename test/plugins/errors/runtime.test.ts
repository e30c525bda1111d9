// `errors` at query time: where an error of the plugin chain goes.
import { describe, expect, test } from 'vitest'
import { Request } from '../../../src/dns/request.ts'
import { type ConsolidateRule, errorsRuntime } from '../../../src/plugins/errors/runtime.ts'
import { encodeQuery } from '../../support/dns-encode.ts'
import { runtimeContext } from '../../support/runtime-context.ts'

function observe(consolidate: readonly ConsolidateRule[], error: string) {
  const lines: string[] = []
  const reports: string[] = []
  const context = runtimeContext({
    block: 3,
    writeLine: (line) => lines.push(line),
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
  test('is one line of the log', () => {
    expect(observe([], 'plugin/x: broken')).toEqual({
      lines: ['[ERROR] plugin/errors: 2 web.example.org. A: plugin/x: broken'],
      reports: [],
    })
  })

  test('stays one line whatever its text holds', () => {
    expect(observe([], 'a\nb').lines).toEqual(['[ERROR] plugin/errors: 2 web.example.org. A: a b'])
  })

  test('goes to the control thread where patterns may consolidate it', () => {
    const rule = { periodMs: 1000, pattern: 'x', level: 'error', showFirst: false } as const
    const { lines, reports } = observe([rule], 'broken')
    expect(lines).toEqual([])
    expect(reports.map((line) => JSON.parse(line) as unknown)).toEqual([
      [3, 'broken', '2 web.example.org. A: broken'],
    ])
  })
})

test('a request that no zone took is not observed', () => {
  const link = errorsRuntime(
    { plugin: 'errors', stacktrace: false, consolidate: [] },
    runtimeContext(),
  )
  expect(link.observer?.(-1)).toBeUndefined()
})
