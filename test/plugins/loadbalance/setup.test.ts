// The directive in a Corefile: CoreDNS' TestSetup (plugin/loadbalance/setup_test.go), the weight file, and what `check`
// explains.
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../../src/plugins/load.ts'
import type { LoadbalanceConfig } from '../../../src/plugins/loadbalance/options.ts'
import { loadbalance } from '../../../src/plugins/loadbalance/setup.ts'
import { fakeFiles } from '../../corefile/fake-files.ts'

const load = (lines: string) =>
  loadConfig({
    file: 'Corefile',
    text: `. {\n${lines}\nwhoami\n}\n`,
    port: 53,
    env: {},
    files: fakeFiles({
      '/DIR/wf': 'www.example.org\n192.0.2.1 10\n',
      '/DIR/broken': 'www.example.org\n192.0.2.1 10\n 192.0.2.2   300\n',
    }),
    cwd: '/DIR',
    parallelism: 2,
    interfaces: {},
  })
const read = (lines: string) => {
  const { directives } = load(lines).blocks[0]!
  return directives.find((one): one is LoadbalanceConfig => one.plugin === 'loadbalance')!
}
const rotates = (lines: string) => load(lines).blocks[0]!.settings.rotateAddresses ?? false

describe('the policy', () => {
  test.each([
    ['loadbalance', undefined],
    ['loadbalance round_robin', undefined],
    ['loadbalance weighted wf', { path: 'wf', reloadMs: 30_000 }],
    ['loadbalance weighted wf {\nreload 10s\n}', { path: 'wf', reloadMs: 10_000 }],
    ['loadbalance weighted wf {\nreload 0s\n}', { path: 'wf', reloadMs: 0 }],
    ['root /DIR\nloadbalance weighted wf', { path: '/DIR/wf', reloadMs: 30_000 }],
    ['loadbalance weighted wf\nloadbalance', undefined],
    ['loadbalance\nloadbalance weighted wf', { path: 'wf', reloadMs: 30_000 }],
  ])('%s', (lines, weighted) => {
    expect(read(lines).weighted).toEqual(weighted)
  })

  test.each([
    ['loadbalance fleeb', 'plugin/loadbalance: unknown policy: fleeb'],
    ['loadbalance round_robin a', /:2 - Error during parsing: unknown property for round_robin$/],
    ['loadbalance weighted', /:2 - Error during parsing: missing weight file argument$/],
    ['loadbalance weighted a b', /:2 - Error during parsing: unexpected argument\(s\)$/],
    ['loadbalance weighted wf {\nsusu\n}', /:3 - Error during parsing: unknown property 'susu'$/],
    ['loadbalance weighted wf {\nprefer ::/0\n}', /:3 - .* unknown property 'prefer'$/],
    ['loadbalance weighted wf {\nreload\n}', /:3 - .* reload duration value is missing$/],
    ['loadbalance weighted wf {\nreload a\n}', /:3 - .* invalid reload duration 'a'$/],
    ['loadbalance weighted wf {\nreload -1s\n}', /:3 - .* invalid reload duration '-1s'$/],
    ['loadbalance weighted wf {\nreload 30s a\n}', /:3 - .* unexpected argument$/],
    ['loadbalance {\nreload 30s\n}', /:3 - .* unknown property 'reload'$/],
  ])('%s is refused', (lines, message) => {
    expect(() => load(lines)).toThrow(message)
  })
})

describe('the weight file', () => {
  test('with a fault is refused, with its place', () => {
    const message =
      'plugin/loadbalance: broken:3:14: wrong weight value:"300" in weight file broken'
    expect(() => load('loadbalance weighted broken')).toThrow(
      expect.objectContaining({ message, file: 'broken', line: 3, column: 14 }),
    )
  })

  test('may come later', () => {
    expect(load('loadbalance weighted gone {\nreload 10s\n}').warnings).toEqual([
      'plugin/loadbalance: Failed to open weight file:weight file open error. Will try again in 10s',
    ])
  })

  test('must be there if it is read once', () => {
    expect(() => load('loadbalance weighted gone {\nreload 0\n}')).toThrow(
      'plugin/loadbalance: weight file open error',
    )
  })
})

describe('prefer', () => {
  const networks = (lines: string) =>
    read(lines).prefer.map(({ bytes, bits }) => `${bytes}/${bits}`)

  test('has networks in their order, of all lines', () => {
    const lines = 'loadbalance {\nprefer 10.0.0.0/8 192.0.2.0/24\nprefer 10.1.0.0/16\n}'
    expect(networks(lines)).toEqual(['10,0,0,0/8', '192,0,2,0/24', '10,1,0,0/16'])
  })

  test('before `weighted` has no effect, as in CoreDNS', () => {
    expect(networks('loadbalance {\nprefer 10.0.0.0/8\n}\nloadbalance weighted wf')).toEqual([])
  })

  test('without a network is a warning', () => {
    expect(load('loadbalance {\nprefer\n}').warnings).toEqual([
      'plugin/loadbalance: Corefile:3: prefer without a network has no effect',
    ])
  })

  test.each(['10.0.0.1', '10.0.0.0/33', 'example.org'])('of %s is refused', (text) => {
    expect(() => load(`loadbalance {\nprefer ${text}\n}`)).toThrow(
      `:3 - Error during parsing: invalid CIDR "${text}": invalid CIDR address: ${text}`,
    )
  })
})

test('answerers rotate addresses themselves only if nothing looks at them', () => {
  expect(rotates('loadbalance')).toBe(true)
  expect(rotates('loadbalance {\nprefer 10.0.0.0/8\n}')).toBe(false)
  expect(rotates('loadbalance weighted wf')).toBe(false)
})

test.each([
  ['loadbalance', 'varies the order of addresses in answers'],
  [
    'loadbalance {\nprefer 10.0.0.0/8 2001:db8::/32\n}',
    'varies the order of addresses in answers, with addresses in 10.0.0.0/8 and 2001:db8::/32 first',
  ],
  [
    'loadbalance weighted wf',
    'chooses the first address of answers by the weights of wf, and checks the file every 30s',
  ],
  [
    'loadbalance weighted wf {\nreload 0\n}',
    'chooses the first address of answers by the weights of wf, which are read once',
  ],
])('check explains %s', (lines, text) => {
  expect(loadbalance.describe(read(lines))).toBe(text)
})
