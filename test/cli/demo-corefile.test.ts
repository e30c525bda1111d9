// The Corefile of the demo.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { demoCorefile } from '../../src/cli/demo-corefile.ts'
import { configOf } from '../support/config.ts'

const EXAMPLE = readFileSync('Corefile.example', 'utf8')
const PORTS = { dns: 5353, health: 8080, ready: 8181, metrics: 9153 }
const directivesOf = (text: string) =>
  configOf(text).blocks.map(({ directives }) => directives.map(({ plugin }) => plugin))

describe('the Corefile of the demo', () => {
  const [all] = directivesOf(EXAMPLE)

  test('has all directives of Corefile.example, on loopback, and logs queries', () => {
    const text = demoCorefile(EXAMPLE, PORTS, true)
    const [plugins] = directivesOf(text)
    expect(plugins?.filter((name) => name !== 'bind' && name !== 'log')).toEqual(all)
    expect(configOf(text).groups.map(({ address, port }) => [address, port])).toEqual([
      ['127.0.0.1', 5353],
    ])
    for (const port of [8080, 8181, 9153]) expect(text).toContain(`127.0.0.1:${port}`)
  })

  test('forwards nothing on a machine without nameservers', () => {
    const [plugins] = directivesOf(demoCorefile(EXAMPLE, PORTS, false))
    const missing = all?.filter((name) => !plugins?.includes(name))
    expect(missing).toEqual(['cache', 'loop', 'forward'])
  })

  test('a line that is missing is an error', () => {
    expect(() => demoCorefile('.:53 {\n}\n', PORTS, true)).toThrow('Corefile.example has no line')
  })
})
