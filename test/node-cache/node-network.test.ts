// The order of the steps of a node cache, with a kernel that records them. test/e2e/node-cache.test.ts has the real one.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { CodedError } from '../../src/errors.ts'
import type { Kernel } from '../../src/node-cache/kernel.ts'
import { NodeNetwork } from '../../src/node-cache/node-network.ts'
import { memoryLog } from '../support/memory-log.ts'

const ADDRESSES = ['169.254.20.10', 'fd00::a']
const SERVED = [
  { address: '169.254.20.10', port: 53 },
  { address: 'fd00:0::a', port: 53 },
]

function setUp({ hasInterface = false } = {}) {
  const steps: string[] = []
  const refused = new Set<string>()
  const lines: string[] = []
  let addresses = hasInterface ? ADDRESSES : []
  let sockets = 20
  const kernel: Kernel = {
    async carryOut(operation) {
      const { kind } = operation
      steps.push('socket' in operation ? `${kind} of ${operation.socket}` : kind)
      if (refused.has(kind)) throw new CodedError('NODE_NETWORK', `cannot ${kind}: EPERM`)
      switch (kind) {
        case 'interface': {
          const isNew = addresses.length === 0
          addresses = ADDRESSES
          return isNew ? 1 : 0
        }
        case 'rules':
          return sockets++
        default:
          return 0
      }
    },
    close: (socket) => steps.push(`close ${socket}`),
    addresses: () => ['127.0.0.1', ...addresses],
  }
  const network = new NodeNetwork({ addresses: ADDRESSES, kernel, log: memoryLog(lines).log })
  const takeSteps = () => steps.splice(0)
  const lose = () => {
    addresses = []
  }
  return { network, lines, refused, takeSteps, lose }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a node cache', () => {
  test('has its interface before it listens, and its rules after', async () => {
    const { network, takeSteps, lines } = setUp()
    await network.setUp()
    expect(takeSteps()).toEqual(['interface'])
    await network.takeQueries(() => SERVED)
    expect(takeSteps()).toEqual(['rules'])
    expect(lines).toEqual([
      '[INFO] node cache: interface nodelocaldns created, with 169.254.20.10, fd00::a',
      '[INFO] node cache: queries to 169.254.20.10, fd00::a come here (table inet clusterset_dns)',
    ])
  })

  test('lets queries go before it drains, and removes the rest when it has stopped', async () => {
    const { network, takeSteps } = setUp()
    await network.setUp()
    await network.takeQueries(() => SERVED)
    takeSteps()
    await network.leave()
    expect(takeSteps()).toEqual(['replies-only of 20'])
    await vi.advanceTimersByTimeAsync(60_000)
    await network.remove()
    expect(takeSteps()).toEqual(['close 20', 'delete-interface'])
  })

  test('removes all rules at once where the kernel keeps none of them', async () => {
    const { network, refused, takeSteps, lines } = setUp()
    await network.setUp()
    await network.takeQueries(() => SERVED)
    refused.add('replies-only')
    takeSteps()
    await network.leave()
    expect(takeSteps()).toEqual(['replies-only of 20', 'close 20'])
    expect(lines.at(-1)).toBe('[ERROR] node cache: cannot replies-only: EPERM')
  })

  test('that is stopped while its rules are made lets queries go, too', async () => {
    const { network, takeSteps } = setUp()
    await network.setUp()
    const taken = network.takeQueries(() => SERVED)
    await network.leave()
    await taken
    expect(takeSteps()).toEqual(['interface', 'rules', 'replies-only of 20'])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(takeSteps()).toEqual([])
  })

  test.each([
    ['one address', [SERVED[0]!], 'fd00::a'],
    ['another port', SERVED.map((one) => ({ ...one, port: 5353 })), '169.254.20.10, fd00::a'],
  ])(
    'that serves %s makes no rules: their queries would be lost',
    async (_what, served, missing) => {
      const { network, takeSteps } = setUp()
      await network.setUp()
      await expect(network.takeQueries(() => served)).rejects.toMatchObject({
        code: 'NODE_NETWORK',
        message: `-localip: no server block listens on port 53 of ${missing}: add it to \`bind\``,
      })
      expect(takeSteps()).toEqual(['interface'])
    },
  )

  test('that serves all addresses of the node serves its own', async () => {
    const { network, takeSteps } = setUp()
    await network.takeQueries(() => [{ address: '', port: 53 }])
    expect(takeSteps()).toEqual(['rules'])
  })
})

describe('a start that fails', () => {
  test('removes the interface that it created', async () => {
    const { network, takeSteps } = setUp()
    await network.setUp()
    await network.remove()
    expect(takeSteps()).toEqual(['interface', 'delete-interface'])
  })

  test('leaves an interface that it found: another node cache may use it', async () => {
    const { network, takeSteps, lines } = setUp({ hasInterface: true })
    await network.setUp()
    expect(lines.at(-1)).toContain('interface nodelocaldns taken over')
    await network.remove()
    expect(takeSteps()).toEqual(['interface'])
  })
})

describe('every two seconds', () => {
  async function running() {
    const found = setUp({ hasInterface: true })
    let served = SERVED
    await found.network.setUp()
    await found.network.takeQueries(() => served)
    found.takeSteps()
    const pass = () => vi.advanceTimersByTimeAsync(2_000)
    const serve = (next: typeof SERVED) => {
      served = next
    }
    return { ...found, pass, serve }
  }

  test('nothing is changed that is right', async () => {
    const { takeSteps, lines, pass } = await running()
    const before = lines.length
    await pass()
    expect(takeSteps()).toEqual([])
    expect(lines).toHaveLength(before)
  })

  test('a lost interface is created again', async () => {
    const { takeSteps, lines, lose, pass } = await running()
    lose()
    await pass()
    expect(takeSteps()).toEqual(['interface'])
    expect(lines.at(-1)).toMatch(/^\[WARNING\] .* was gone, and is back$/)
  })

  test('rules are removed for an address that a reload no longer serves, and come back', async () => {
    const { takeSteps, lines, pass, serve } = await running()
    serve(SERVED.slice(0, 1))
    await pass()
    await pass()
    expect(takeSteps()).toEqual(['close 20'])
    expect(lines.at(-1)).toMatch(/^\[ERROR\] .* port 53 of fd00::a; table .* removed$/)
    serve(SERVED)
    await pass()
    await pass()
    expect(takeSteps()).toEqual(['rules'])
  })

  test('what fails is logged and tried again', async () => {
    const { takeSteps, lines, lose, refused, pass } = await running()
    lose()
    refused.add('interface')
    await pass()
    expect(lines.at(-1)).toBe('[ERROR] node cache: cannot interface: EPERM')
    refused.clear()
    await pass()
    expect(takeSteps()).toEqual(['interface', 'interface'])
  })
})
