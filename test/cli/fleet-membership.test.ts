// `fleet join` and `fleet leave` against hubs and members in memory.
import { describe, expect, test } from 'vitest'
import type { FleetFlags } from '../../src/cli/fleet-flags.ts'
import { fleetJoin, fleetLeave } from '../../src/cli/fleet-membership.ts'
import { commandFlags } from '../support/command-flags.ts'
import {
  type FakeMember,
  memberLease,
  memberSecret,
  startMember as start,
} from '../support/fake-member.ts'
import { type HandClock, handClock } from '../support/hand-clock.ts'
import { memoryLog } from '../support/memory-log.ts'
import { waitFor } from '../support/wait-for.ts'

const commands = { join: fleetJoin, leave: fleetLeave }

interface Options {
  readonly members?: Readonly<Record<string, FakeMember>>
  readonly flags?: Partial<FleetFlags>
  /** What is answered; undefined where nobody is there. */
  readonly answer?: (stop: AbortController) => Promise<string>
  readonly clock?: HandClock
}

/** Who is asked for these has answered all that comes before. */
async function asked({ requests }: FakeMember, path: string): Promise<void> {
  await waitFor(`${path} is asked for`, () => requests.some((one) => one.startsWith(path)))
}

/** Time passes as fast as the command can follow it, until `end`. */
async function passTime(clock: HandClock, end: () => boolean): Promise<void> {
  await waitFor(
    'time has passed',
    () => {
      clock.advance(250)
      return end()
    },
    { everyMs: 1 },
  )
}

function run(
  command: 'join' | 'leave',
  hub: FakeMember,
  clusters: readonly string[],
  { members = {}, flags = {}, answer, clock }: Options = {},
) {
  const printed: string[] = []
  const stop = new AbortController()
  const code = commands[command](
    commandFlags(command, hub, members, { clusters, ...flags }),
    { log: memoryLog([]).log, ...(clock === undefined ? {} : { clock }) },
    {
      print: (line) => void printed.push(line),
      flush: async () => {},
      isInteractive: answer !== undefined,
      ask: (question) => {
        printed.push(question)
        return answer?.(stop) ?? Promise.resolve('')
      },
    },
    stop.signal,
  )
  return { printed, stop, code }
}

const annotations = (hub: FakeMember, id: string) =>
  (hub.leases.get(`member-${id}`)?.metadata as { annotations: Record<string, string> } | undefined)
    ?.annotations

/** An import of `west` that names these sources. */
const imported = (...sources: readonly string[]) => ({
  metadata: { name: 'web', namespace: 'ns', uid: 'web', resourceVersion: '7' },
  spec: { type: 'ClusterSetIP', ports: [] },
  status: { clusters: sources.map((cluster) => ({ cluster })) },
})
const namespaces = [{ metadata: { name: 'ns', uid: 'ns', resourceVersion: '7' } }]

describe('join', () => {
  test('lets a cluster in of which there is no record, as whichever it is now', async () => {
    const [hub, west] = [await start('1'), await start('2')]
    hub.state.objects = { secrets: [memberSecret('member-west', 'west', west.kubeconfig)] }
    const { code, printed } = run('join', hub, ['west'])
    expect(await code).toBe(0)
    expect(printed).toEqual([
      'cluster west may join; the fleet takes it in as soon as it reaches it',
    ])
    expect(annotations(hub, 'west')).toEqual({
      'clusterset-dns.io/cluster-id': 'west',
      'clusterset-dns.io/cluster-uid': '',
    })
  })

  test('takes the marks of a departure and of the former cluster away', async () => {
    const hub = await start('1')
    hub.putLease('member-west', memberLease('west', 'old', 'done'))
    expect(await run('join', hub, ['west']).code).toBe(0)
    expect(annotations(hub, 'west')).toEqual({
      'clusterset-dns.io/cluster-id': 'west',
      'clusterset-dns.io/cluster-uid': '',
    })
  })

  test('refuses an id that nobody has, and says which there are', async () => {
    const [hub, west] = [await start('1'), await start('2')]
    const { code } = run('join', hub, ['wset'], { members: { west } })
    await expect(code).rejects.toThrow('no cluster has the id "wset": there are west')
  })
})

describe('leave', () => {
  const two = async () => {
    const [hub, west] = [await start('1'), await start('2')]
    hub.putLease('member-west', memberLease('west', '2'))
    return { hub, west, members: { hub, west } }
  }

  test.each([
    ['y', true],
    ['Yes', true],
    ['', false],
    ['no', false],
  ])('asks: %j', async (answer, goesOn) => {
    const { hub, members } = await two()
    const { code, printed } = run('leave', hub, ['west'], { members, answer: async () => answer })
    const marked = () => annotations(hub, 'west')?.['clusterset-dns.io/leave']
    if (goesOn) {
      await waitFor('it is marked', () => marked() === 'asked')
      hub.putLease('member-west', memberLease('west', '2', 'done'))
      expect(await code).toBe(0)
      expect(printed.at(-1)).toBe('west: gone from all clusters that can be heard')
    } else {
      expect(await code).toBe(1)
      expect(printed.at(-1)).toBe('nothing was changed')
      expect(marked()).toBeUndefined()
    }
    expect(printed).toContain('Take west out? [y/N] ')
  })

  test('needs --yes where nobody can be asked', async () => {
    const { hub, members } = await two()
    await expect(run('leave', hub, ['west'], { members }).code).rejects.toThrow('add --yes')
  })

  test('that is interrupted at the question has changed nothing', async () => {
    const { hub, members } = await two()
    const answer = async (stop: AbortController) => {
      stop.abort()
      throw stop.signal.reason
    }
    const { code, printed } = run('leave', hub, ['west'], { members, answer })
    await expect(code).rejects.toThrow()
    expect(printed.at(-1)).toBe('nothing was changed')
    expect(annotations(hub, 'west')).not.toHaveProperty('clusterset-dns.io/leave')
  })

  test('that is interrupted before all is known has changed nothing', async () => {
    const { hub, west, members } = await two()
    west.state.silent = () => true
    const { code, printed, stop } = run('leave', hub, ['west'], { members, flags: { yes: true } })
    const rejected = expect(code).rejects.toThrow()
    await waitFor('it is asked', () => west.requests.length > 0)
    stop.abort()
    await rejected
    expect(printed).toEqual(['nothing was changed'])
  })

  test('that is interrupted later goes on by itself', async () => {
    const { hub, members } = await two()
    const { code, printed, stop } = run('leave', hub, ['west'], { members, flags: { yes: true } })
    const rejected = expect(code).rejects.toThrow()
    await waitFor('it waits', () => printed.includes('the leader has yet to note it'))
    stop.abort()
    await rejected
    expect(printed.at(-1)).toBe('west: what was asked for goes on without us')
    expect(annotations(hub, 'west')?.['clusterset-dns.io/leave']).toBe('asked')
  })

  test('refuses what only the configuration calls a cluster that was not reached', async () => {
    const [hub, west] = [await start('1'), await start('2')]
    hub.putLease('member-prod-west', memberLease('prod-west', '2'))
    west.state.failing = { '/api/v1/namespaces/kube-system': 500 }
    const clock = handClock()
    const options = { members: { hub, west }, flags: { yes: true }, clock }
    const { code } = run('leave', hub, ['west'], options)
    let isOver = false
    const refused = expect(
      code.finally(() => {
        isOver = true
      }),
    ).rejects.toThrow(
      /no cluster has the id "west": there are hub, prod-west \(member west was not reached: /,
    )
    await asked(hub, '/apis/discovery.k8s.io')
    await asked(west, '/api/v1/namespaces/kube-system')
    await passTime(clock, () => isOver)
    await refused
    expect(annotations(hub, 'west')).toBeUndefined()
  })

  test('says who leads when nothing happens for 20 seconds, though the hub fails for once', async () => {
    const { hub, members } = await two()
    const clock = handClock()
    const options = { members, flags: { yes: true }, clock }
    const { code, printed } = run('leave', hub, ['west'], options)
    await asked(hub, '/apis/discovery.k8s.io')
    await passTime(clock, () => printed.includes('the leader has yet to note it'))
    const leader = '/apis/coordination.k8s.io/v1/namespaces/clusterset-dns/leases/fleet-leader'
    hub.state.failing = { [leader]: 500 }
    await passTime(clock, () => printed.some((line) => line.startsWith('waiting for the leader')))
    expect(printed.at(-1)).toMatch(/its Lease cannot be read: .*500.*: does the fleet run\?$/)
    expect(clock.now()).toBeGreaterThan(20_000)
    hub.putLease('member-west', memberLease('west', '2', 'done'))
    await passTime(clock, () => printed.at(-1)!.startsWith('west: gone'))
    expect(await code).toBe(0)
  })

  test('--all takes also what objects name and nobody has on record', async () => {
    const { hub, west, members } = await two()
    west.state.objects = { namespaces, serviceimports: [imported('ghost')] }
    const { code, printed } = run('leave', hub, [], { members, flags: { yes: true, all: true } })
    await waitFor('both are marked', () => annotations(hub, 'ghost') && annotations(hub, 'west'))
    for (const id of ['ghost', 'west']) hub.putLease(`member-${id}`, memberLease(id, '', 'done'))
    expect(await code).toBe(0)
    expect(printed.at(-1)).toBe('ghost, west: gone from all clusters that can be heard')
  })
})
