// The reports of `fleet check` on fake hubs and members.
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Paint } from '../../src/cli/colour.ts'
import { fleetCheck } from '../../src/cli/fleet-check.ts'
import { withKubeconfigToken } from '../../src/kube/kubeconfig-token.ts'
import { commandFlags } from '../support/command-flags.ts'
import {
  type FakeMember,
  memberLease,
  memberSecret,
  startMember as start,
} from '../support/fake-member.ts'
import { handClock } from '../support/hand-clock.ts'
import { accountJwt } from '../support/jwt.ts'
import { memoryLog } from '../support/memory-log.ts'
import { waitFor } from '../support/wait-for.ts'

const plain: Paint = (_, text) => text

/** Runs `fleet check` on `hub` and these members. */
function check(
  hub: FakeMember,
  members: Readonly<Record<string, FakeMember>>,
  {
    install = false,
    signal = new AbortController().signal,
    clock = handClock(),
    flags = {},
    paint = plain,
  } = {},
) {
  const printed: string[] = []
  const logged: string[] = []
  const code = fleetCheck(
    commandFlags('check', hub, members, { installCrds: install, ...flags }),
    { log: memoryLog(logged).log, clock },
    { show: (text) => void printed.push(text.trimEnd()), paint: (tone, text) => paint(tone, text) },
    signal,
  )
  const result = async () => ({ code: await code, text: printed.join('\n') })
  return { printed, logged, code, clock, result }
}

test('a healthy fleet has no problems', async () => {
  const [hub, west] = [await start('1'), await start('2')]
  const { code, text } = await check(hub, { hub, west }).result()
  expect(text).toMatch(/cluster west .*\n {2}ok .*\n {2}ok {6}its id is west\n {2}ok .*v1alpha1\n/)
  expect(text).toContain('no problems found in the hub and 2 members')
  expect(code).toBe(0)
})

test.each([
  ['json', (text: string): unknown => JSON.parse(text)],
  ['yaml', (text: string): unknown => parse(text)],
] as const)(
  '-o %s prints one document, with the members as they are configured',
  async (output, read) => {
    const [hub, west, east] = [await start('1'), await start('2'), await start('3')]
    east.state.denied = new Set(['list services'])
    const { code, text } = await check(hub, { west, east }, { flags: { output } }).result()
    const document = read(text) as Record<string, unknown>
    expect(document).toMatchObject({
      apiVersion: 'clusterset-dns.io/v1',
      kind: 'FleetCheck',
      problems: 1,
      clusters: [
        { role: 'hub', id: '' },
        { role: 'member', id: 'west' },
        { role: 'member', id: 'east' },
      ],
    })
    const findings = (document.clusters as { findings: { ok: boolean; text: string }[] }[])[2]!
      .findings
    expect(findings.filter(({ ok }) => !ok).map(({ text }) => text)).toEqual([
      expect.stringMatching(/^API_FORBIDDEN: /),
    ])
    expect(code).toBe(1)
  },
)

test('what is wrong stands out by its tone', async () => {
  const hub = await start('1')
  hub.state.denied = new Set(['list services'])
  const paint: Paint = (tone, text) => `<${tone} ${text}>`
  const { text } = await check(hub, { hub }, { paint }).result()
  expect(text).toMatch(/^ {2}<bad FAILED> {2}API_FORBIDDEN: /m)
  expect(text).toMatch(/^ {2}<good ok> {6}its id is hub$/m)
  expect(text).toMatch(/^<bad problems found: 1>$/m)
})

test('members that do not answer time out together, and the report names their servers', async () => {
  const [hub, east, west] = [await start('1'), await start('2'), await start('3')]
  east.state.silent = () => true
  west.state.silent = (path) => path.startsWith('/apis/multicluster')
  const { printed, logged, clock, result } = check(hub, { hub, east, west })
  const asks = (one: FakeMember, path: string) => one.requests.some((each) => each.startsWith(path))
  await waitFor('both are asked', () => {
    return asks(east, '/version') && asks(west, '/apis/multicluster')
  })
  // What is known of the others is shown meanwhile.
  await waitFor('the hub is shown', () => printed.join().includes('its id is hub'))
  expect(printed.join()).not.toMatch(/cluster (east|west)/)
  clock.advance(2000)
  expect(logged).toEqual([
    expect.stringMatching(
      /^\[INFO\] waiting for cluster east \(\S+ \S+\), cluster west \(\S+ \S+\)$/,
    ),
  ])
  clock.advance(13_000)
  const { code, text } = await result()
  expect(text).toContain(
    `  FAILED  API_UNREACHABLE: no answer within 15 s from ${east.url}\ncluster west`,
  )
  expect(text).toMatch(
    /its id is west\n {2}FAILED {2}API_UNREACHABLE: no answer within 15 s from .*\n/,
  )
  expect(text).not.toContain('aborted')
  expect(code).toBe(1)
})

test('an abort ends the check', async () => {
  const hub = await start('1')
  hub.state.silent = () => true
  const stop = new AbortController()
  const { code } = check(hub, { hub }, { signal: stop.signal })
  const rejected = expect(code).rejects.toThrow()
  await waitFor('the hub is asked', () => hub.requests.length > 0)
  stop.abort()
  await rejected
})

test('a hub whose Secrets cannot be listed is reported, not taken for one without members', async () => {
  const hub = await start('1')
  const secrets = '/api/v1/namespaces/clusterset-dns-fleet/secrets'
  hub.state.failing = { [secrets]: 500 }
  const broken = await check(hub, { hub }).result()
  expect(broken.text).toMatch(
    /^hub .*\n(.*\n)* {2}FAILED {2}API_STATUS: .*list secrets with status 500.*\ncluster hub/,
  )
  expect(broken.code).toBe(1)
  // The missing permission is the only finding.
  hub.state.failing = { [secrets]: 403 }
  hub.state.denied = new Set(['list secrets'])
  const { text } = await check(hub, { hub }).result()
  expect(text).toContain('problems found: 1')
  expect(text).toContain(
    'no permission to list secrets in the namespace clusterset-dns-fleet: kubectl apply -k deploy/fleet/hub-account',
  )
})

test('Secrets that the fleet would reject are reported', async () => {
  const [hub, west] = [await start('1'), await start('2')]
  hub.state.objects = {
    secrets: [
      memberSecret('a', 'West.1', west.kubeconfig),
      memberSecret('b', 'hub', west.kubeconfig),
      memberSecret('c', 'west', west.kubeconfig),
      memberSecret('d', 'west', west.kubeconfig),
      memberSecret('e', 'east', ''),
    ],
  }
  const { code, text } = await check(hub, { hub }).result()
  expect(text).toMatch(
    /FAILED {2}MEMBER: Secret clusterset-dns-fleet\/a: its id is "West\.1", not one/,
  )
  expect(text).toContain(
    'Secret clusterset-dns-fleet/b: the configuration already has a member "hub"',
  )
  expect(text).toContain(
    'Secret clusterset-dns-fleet/d: Secret c already defines the member "west"',
  )
  expect(text).toContain('Secret clusterset-dns-fleet/e: its data has no "kubeconfig"')
  expect(text).toContain('cluster west (Secret clusterset-dns-fleet/c)')
  expect(text).toContain('problems found: 4')
  expect(code).toBe(1)
})

test('a Secret with an unsafe kubeconfig is reported, unless the configuration allows it', async () => {
  const [hub, west] = [await start('1'), await start('2')]
  hub.state.objects = { secrets: [memberSecret('a', 'west', west.kubeconfig)] }
  expect((await check(hub, { hub }).result()).code).toBe(0)
  const { config } = commandFlags('check', hub, { hub })
  const strict = await check(
    hub,
    { hub },
    { flags: { config: { ...config, secretsAllow: [] } } },
  ).result()
  expect(strict.text).toMatch(
    /FAILED {2}CREDENTIALS: kubeconfig Secret \S+\/a: server without https: .* memberSecrets: \{allow: \[http\]\}/,
  )
  expect(strict.code).toBe(1)
})

test('a cluster that has left, was replaced, or is configured twice is reported', async () => {
  const [hub, west, south] = [await start('1'), await start('2'), await start('3')]
  hub.putLease('member-west', memberLease('west', '2', 'done'))
  hub.putLease('member-south', memberLease('south', 'other'))
  const { code, text } = await check(hub, { hub, west, south, twin: west }).result()
  expect(text).toContain(
    '  ok      it has left the fleet; to add it again: clusterset-dns fleet join west',
  )
  expect(text).toContain(
    'FAILED  MEMBER: it cannot be a member: it is a different cluster than before',
  )
  expect(text).toMatch(
    // Whichever of the two was checked first is the member.
    /cluster (twin|west) .*\n.*\n {2}FAILED {2}MEMBER: .*the same cluster as member (twin|west)/,
  )
  expect(text).toContain('problems found: 2')
  expect(code).toBe(1)
})

test('a missing namespace of the hub needs the permission to create it', async () => {
  const hub = await start('1')
  hub.state.hubNamespace = false
  const may = await check(hub, { hub }).result()
  expect(may.text).toContain('ok      the namespace clusterset-dns-fleet will be created')
  expect(may.code).toBe(0)
  hub.state.denied = new Set(['create namespaces'])
  const { code, text } = await check(hub, { hub }).result()
  expect(text).toContain(
    'no permission to create it: kubectl create namespace clusterset-dns-fleet',
  )
  expect(code).toBe(1)
})

test('missing and outdated CRDs are distinguished', async () => {
  const hub = await start('1')
  hub.state.served = ['serviceexports', 'serviceimports', 'serviceimports/status']
  const old = await check(hub, { hub }, { install: true }).result()
  expect(old.text).toContain('lacks serviceexports/status: its CRD is outdated; update it: kubectl')
  expect(old.text).not.toContain('--install-crds')
  hub.state.served = []
  const missing = await check(hub, { hub }).result()
  expect(missing.text).toContain('clusterset-dns fleet check --install-crds')
})

test('--install-crds waits until new CRDs are served', async () => {
  const hub = await start('1')
  hub.state.served = []
  const clock = handClock()
  const { result, code } = check(hub, { hub }, { install: true, clock })
  let isDone = false
  void code.then(() => {
    isDone = true
  })
  await waitFor('it is served', () => {
    if (clock.waiting.includes(100)) clock.advance(100)
    return isDone
  })
  const { text } = await result()
  expect(text).toContain('CRD serviceexports.multicluster.x-k8s.io created')
  expect(text).toContain('no problems found')
  expect(await code).toBe(0)
})

test('missing permissions are named as in the roles, with the command that grants them', async () => {
  const hub = await start('1')
  hub.state.denied = new Set(['get namespaces'])
  const { text } = await check(hub, { hub }).result()
  expect(text).toContain(
    'FAILED  API_FORBIDDEN: no permission to get namespaces kube-system: kubectl apply -k deploy/fleet/member',
  )
})

test('all permissions that one command grants are one line and one problem', async () => {
  const hub = await start('1')
  hub.state.denied = new Set(['list services', 'delete services', 'list secrets', 'watch secrets'])
  const { text } = await check(hub, { hub }).result()
  expect(text.match(/API_FORBIDDEN: .*/g)).toEqual([
    'API_FORBIDDEN: no permission to list, watch secrets in the namespace clusterset-dns-fleet: kubectl apply -k deploy/fleet/hub-account',
    'API_FORBIDDEN: no permission to list, delete services: kubectl apply -k deploy/fleet/member',
  ])
  expect(text).toContain('problems found: 2')
})

test('a token in a Secret that the fleet may not renew is told, and is no failure', async () => {
  const [hub, west] = [await start('1'), await start('2')]
  const kubeconfig = withKubeconfigToken(west.kubeconfig, accountJwt({ iat: 0, seconds: 600 }))
  hub.state.objects = { secrets: [memberSecret('a', 'west', kubeconfig)] }
  expect((await check(hub, { hub }).result()).text).not.toContain('not renewed')

  hub.state.denied = new Set(['patch secrets'])
  west.state.denied = new Set(['create serviceaccounts'])
  const { code, text } = await check(hub, { hub }).result()
  const where = 'in the namespace clusterset-dns-fleet: kubectl apply -k deploy/fleet'
  expect(text).toMatch(
    `ok      tokens are not renewed: no permission to patch secrets ${where}/hub-account\ncluster hub`,
  )
  expect(text).toContain(
    'ok      tokens are not renewed: no permission to create serviceaccounts/token ' +
      `clusterset-dns-fleet ${where}/member`,
  )
  expect(code).toBe(0)
})

test('where no Secret has a token, nothing is said of renewal', async () => {
  const [hub, west] = [await start('1'), await start('2')]
  hub.state.objects = { secrets: [memberSecret('a', 'west', west.kubeconfig)] }
  hub.state.denied = new Set(['patch secrets'])
  west.state.denied = new Set(['create serviceaccounts'])
  expect((await check(hub, { hub }).result()).text).not.toContain('not renewed')
})
