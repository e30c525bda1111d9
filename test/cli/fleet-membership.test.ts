// `fleet join` and `fleet leave` with fake hubs and members.
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
  /** The answer to the confirmation; undefined without a terminal. */
  readonly answer?: (stop: AbortController) => Promise<string>
  readonly clock?: HandClock
}

/** Waits for a request of this path; the requests before it are answered by then. */
async function asked({ requests }: FakeMember, path: string): Promise<void> {
  await waitFor(`${path} is asked for`, () => requests.some((one) => one.startsWith(path)))
}

/** Advances the clock in steps until `end` is true. */
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
    // On a slow machine a line tells what is awaited.
    {
      log: { ...memoryLog(printed).log, info: () => {} },
      ...(clock === undefined ? {} : { clock }),
    },
    {
      print: (line) => void printed.push(line),
      show: (text) => void printed.push(text),
      paint: (_, text) => text,
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

/** A ServiceImport whose status names these source clusters. */
const imported = (...sources: readonly string[]) => ({
  metadata: { name: 'web', namespace: 'ns', uid: 'web', resourceVersion: '7' },
  spec: { type: 'ClusterSetIP', ports: [] },
  status: { clusters: sources.map((cluster) => ({ cluster })) },
})
const namespaces = [{ metadata: { name: 'ns', uid: 'ns', resourceVersion: '7' } }]

describe('join', () => {
  test('creates a Lease with an empty UID for a cluster without one', async () => {
    const [hub, west] = [await start('1'), await start('2')]
    hub.state.objects = { secrets: [memberSecret('member-west', 'west', west.kubeconfig)] }
    const { code, printed } = run('join', hub, ['west'])
    expect(await code).toBe(0)
    expect(printed).toEqual(['cluster west may join; the fleet adds it as soon as it is reachable'])
    expect(annotations(hub, 'west')).toEqual({
      'clusterset-dns.io/cluster-id': 'west',
      'clusterset-dns.io/cluster-uid': '',
    })
  })

  test('removes the leave annotation, the former UID and the former time of creation', async () => {
    const hub = await start('1')
    const former = memberLease('west', 'old', 'done')
    const { annotations: recorded } = former.metadata as { annotations: Record<string, string> }
    recorded['clusterset-dns.io/cluster-created'] = '2020-01-01T00:00:00Z'
    hub.putLease('member-west', former)
    expect(await run('join', hub, ['west']).code).toBe(0)
    expect(annotations(hub, 'west')).toEqual({
      'clusterset-dns.io/cluster-id': 'west',
      'clusterset-dns.io/cluster-uid': '',
    })
  })

  test('reports that the Secret of the cluster is refused, before the result', async () => {
    const [hub, west] = [await start('1'), await start('2')]
    hub.putLease('member-west', memberLease('west', 'old', 'done'))
    hub.state.objects = { secrets: [memberSecret('member-west', 'west', west.kubeconfig)] }
    const { config } = commandFlags('join', hub, {})
    const flags = { config: { ...config, secretsAllow: [] } }
    const { code, printed } = run('join', hub, ['west'], { flags })
    expect(await code).toBe(0)
    expect(printed).toEqual([
      expect.stringMatching(/^\[ERROR\] kubeconfig Secret .*: server without https: not allowed/),
      'cluster west may join; the fleet adds it as soon as it is reachable',
    ])
  })

  test('rejects an unknown id and lists the known ids', async () => {
    const [hub, west] = [await start('1'), await start('2')]
    const { code } = run('join', hub, ['wset'], { members: { west } })
    await expect(code).rejects.toThrow('no cluster has the id "wset": the known ids are west')
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
  ])('asks for confirmation: %j', async (answer, goesOn) => {
    const { hub, members } = await two()
    const { code, printed } = run('leave', hub, ['west'], { members, answer: async () => answer })
    const marked = () => annotations(hub, 'west')?.['clusterset-dns.io/leave']
    if (goesOn) {
      await waitFor('it is marked', () => marked() === 'asked')
      hub.putLease('member-west', memberLease('west', '2', 'done'))
      expect(await code).toBe(0)
      expect(printed.at(-1)).toBe('west: removed from all reachable clusters')
    } else {
      expect(await code).toBe(1)
      expect(printed.at(-1)).toBe('nothing was changed')
      expect(marked()).toBeUndefined()
    }
    expect(printed).toContain('Remove west from the fleet? [y/N] ')
  })

  test('--dry-run shows what it would do, and asks and changes nothing', async () => {
    const { hub, west, members } = await two()
    west.state.objects = { namespaces, serviceimports: [imported('west')] }
    const { code, printed } = run('leave', hub, ['west'], { members, flags: { dryRun: true } })
    expect(await code).toBe(0)
    expect(printed).toEqual([
      'cluster west leaves:',
      '  in hub: nothing to remove',
      expect.stringContaining('  in west: 1 serviceimport to clean'),
      expect.stringContaining('An object that is cleaned stays'),
      'nothing was changed, because of --dry-run',
    ])
    expect(annotations(hub, 'west')?.['clusterset-dns.io/leave']).toBeUndefined()
  })

  test('--dry-run -o json prints one document', async () => {
    const { hub, west, members } = await two()
    west.state.objects = { namespaces, serviceimports: [imported('west')] }
    const flags = { dryRun: true, output: 'json' } as const
    const { code, printed } = run('leave', hub, ['west'], { members, flags })
    expect(await code).toBe(0)
    const [text = '', ...more] = printed
    expect(more).toEqual([])
    expect(JSON.parse(text)).toMatchObject({
      kind: 'FleetLeave',
      missing: [],
      departures: [
        {
          id: 'west',
          clusters: [
            { name: 'hub', leaving: false, resources: [] },
            {
              name: 'west',
              leaving: true,
              resources: [{ resource: 'serviceimports', delete: 0, clean: 1, addresses: 0 }],
            },
          ],
        },
      ],
    })
  })

  test('--dry-run fails when the Secrets of the hub cannot be read', async () => {
    const { hub, members } = await two()
    hub.state.failing = { '/api/v1/namespaces/clusterset-dns-fleet/secrets': 403 }
    const clock = handClock()
    let ended = false
    const { code, printed } = run('leave', hub, ['west'], {
      members,
      flags: { dryRun: true },
      clock,
    })
    void code.finally(() => (ended = true))
    await passTime(clock, () => ended)
    expect(await code).toBe(1)
    expect(printed.slice(-2)).toEqual([
      expect.stringMatching(
        /^the hub cannot be read \(.+\): its members from Secrets are missing here$/,
      ),
      'nothing was changed, because of --dry-run',
    ])
  })

  test('--dry-run fails when a Secret is refused, and names it', async () => {
    const { hub, west, members } = await two()
    hub.state.objects = { secrets: [memberSecret('s1', 'north', west.kubeconfig)] }
    const { config } = commandFlags('leave', hub, members)
    const flags = { config: { ...config, secretsAllow: [] }, dryRun: true }
    const { code, printed } = run('leave', hub, ['west'], { members, flags })
    expect(await code).toBe(1)
    expect(printed).toContainEqual(
      expect.stringMatching(/^cluster north is missing here: .*s1: .*server without https/),
    )
  })

  test('needs --yes without a terminal', async () => {
    const { hub, members } = await two()
    await expect(run('leave', hub, ['west'], { members }).code).rejects.toThrow(
      'no terminal to confirm on: use --yes',
    )
  })

  test('changes nothing when interrupted at the question', async () => {
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

  test('changes nothing when interrupted before all members are synced', async () => {
    const { hub, west, members } = await two()
    west.state.silent = () => true
    const { code, printed, stop } = run('leave', hub, ['west'], { members, flags: { yes: true } })
    const rejected = expect(code).rejects.toThrow()
    await waitFor('it is asked', () => west.requests.length > 0)
    stop.abort()
    await rejected
    expect(printed).toEqual(['nothing was changed'])
  })

  test('continues in the controller when interrupted after the Lease is marked', async () => {
    const { hub, members } = await two()
    const { code, printed, stop } = run('leave', hub, ['west'], { members, flags: { yes: true } })
    const rejected = expect(code).rejects.toThrow()
    await waitFor('it waits', () =>
      printed.includes('nothing left to remove; the leader has yet to confirm it'),
    )
    stop.abort()
    await rejected
    expect(printed.at(-1)).toBe('west: the removal continues in the controller')
    expect(annotations(hub, 'west')?.['clusterset-dns.io/leave']).toBe('asked')
  })

  test('rejects the configured id of a member that was not reached', async () => {
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
      /no cluster has the id "west": the known ids are hub, prod-west \(member west was not reached: /,
    )
    await asked(hub, '/apis/discovery.k8s.io')
    await asked(west, '/api/v1/namespaces/kube-system')
    await passTime(clock, () => isOver)
    await refused
    expect(annotations(hub, 'west')).toBeUndefined()
  })

  test('reports the leader after 20 seconds without progress, even when reading its Lease fails', async () => {
    const { hub, members } = await two()
    const clock = handClock()
    const options = { members, flags: { yes: true }, clock }
    const { code, printed } = run('leave', hub, ['west'], options)
    await asked(hub, '/apis/discovery.k8s.io')
    await passTime(clock, () =>
      printed.includes('nothing left to remove; the leader has yet to confirm it'),
    )
    const leader =
      '/apis/coordination.k8s.io/v1/namespaces/clusterset-dns-fleet/leases/fleet-leader'
    hub.state.failing = { [leader]: 500 }
    await passTime(clock, () => printed.some((line) => line.startsWith('waiting for the leader')))
    expect(printed.at(-1)).toMatch(/its Lease cannot be read: .*500.*: is the fleet running\?$/)
    expect(clock.now()).toBeGreaterThan(20_000)
    hub.putLease('member-west', memberLease('west', '2', 'done'))
    await passTime(clock, () => printed.at(-1)!.startsWith('west: removed'))
    expect(await code).toBe(0)
  })

  test('--all includes source clusters that have no Lease', async () => {
    const { hub, west, members } = await two()
    west.state.objects = { namespaces, serviceimports: [imported('ghost')] }
    const { code, printed } = run('leave', hub, [], { members, flags: { yes: true, all: true } })
    await waitFor('both are marked', () => annotations(hub, 'ghost') && annotations(hub, 'west'))
    for (const id of ['ghost', 'west']) hub.putLease(`member-${id}`, memberLease(id, '', 'done'))
    expect(await code).toBe(0)
    expect(printed.at(-1)).toBe('ghost, west: removed from all reachable clusters')
  })
})
