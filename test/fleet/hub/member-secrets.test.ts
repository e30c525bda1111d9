// Members from Secrets: added, changed and deleted; invalid content is logged once and changes nothing.
import { describe, expect, test } from 'vitest'
import { openPolicy } from '../../../src/fleet/api/member-policy.ts'
import { MemberSecrets, secretFromObject } from '../../../src/fleet/hub/member-secrets.ts'
import { ObjectCache } from '../../../src/fleet/hub/object-cache.ts'
import type { ApiSpec } from '../../../src/kube/client-config.ts'
import { handClock } from '../../support/hand-clock.ts'
import { memoryLog } from '../../support/memory-log.ts'

const settle = async () => {
  for (let i = 0; i < 20; i++) await new Promise((done) => setImmediate(done))
}

const encoded = (text: string) => Buffer.from(text).toString('base64')

const secret = (name: string, kubeconfig: string | undefined, id?: string, policy?: string) => ({
  metadata: { name, ...(id === undefined ? {} : { labels: { 'clusterset-dns.io/member': id } }) },
  data: {
    ...(kubeconfig === undefined ? {} : { kubeconfig: encoded(kubeconfig) }),
    ...(policy === undefined ? {} : { policy: encoded(policy) }),
  },
})

/** Kubeconfigs that begin with `checks.bad` are rejected. */
function secretMembers(configured: readonly string[] = []) {
  const secrets = new ObjectCache(secretFromObject)
  const lines: string[] = []
  const events: string[] = []
  const specs = new Map<string, ApiSpec & { kind: 'text' }>()
  const stop = new AbortController()
  const clock = handClock()
  const checks = { count: 0, gate: Promise.resolve(), bad: 'bad' }
  const members = new MemberSecrets({
    secrets,
    configured: new Set(configured),
    defaults: openPolicy,
    allow: ['http'],
    log: memoryLog(lines).log,
    clock,
    signal: stop.signal,
    check: async (text) => {
      checks.count++
      await checks.gate
      if (stop.signal.aborted) throw new Error('it was stopped')
      if (text.startsWith(checks.bad)) throw new Error(`${text} cannot be used`)
    },
    open: (id, spec) => {
      if (spec.kind === 'text') specs.set(id, spec)
      events.push(`open ${id}`)
      return { id, reloadCredentials: () => void events.push(`reload ${id}`) }
    },
    close: ({ id }) => void events.push(`close ${id}`),
    policyChanged: () => void events.push('policy'),
  })
  /** Delivers a complete list of the Secrets. */
  const list = async (...objects: readonly object[]) => {
    secrets.beginList()
    for (const one of objects) secrets.put(one)
    secrets.endList('secrets', true)
    secrets.flush()
    await settle()
  }
  const read = (id: string) => specs.get(id)?.read()
  const takeEvents = () => events.splice(0)
  return { members, secrets, lines, takeEvents, list, read, stop, checks, clock }
}

describe('a Secret', () => {
  test('defines a member with the id of its label, else of its name', async () => {
    const it = secretMembers()
    await it.list(secret('a', 'A', 'west'), secret('east', 'E'))
    expect(it.takeEvents()).toEqual(['open west', 'open east'])
    expect([it.read('west'), it.read('east')]).toEqual(['A', 'E'])
    expect(it.lines).toEqual([])
  })

  test('that changes reloads the credentials of its member; an unchanged one does not', async () => {
    const it = secretMembers()
    await it.list(secret('a', 'A', 'west'))
    await it.list(secret('a', 'A', 'west'))
    expect(it.takeEvents()).toEqual(['open west'])
    await it.list(secret('a', 'B', 'west'))
    expect(it.takeEvents()).toEqual(['reload west'])
    expect(it.read('west')).toBe('B')
    expect(it.lines).toEqual([
      '[INFO] cluster west: new credentials from Secret clusterset-dns-fleet/a',
    ])
  })

  test('closes its member when deleted, and opens it again when recreated', async () => {
    const it = secretMembers()
    await it.list(secret('a', 'A', 'west'))
    await it.list()
    expect(it.takeEvents()).toEqual(['open west', 'close west'])
    expect(it.lines.join()).toMatch(
      /cluster west: its Secret .* was deleted, so the cluster is unreachable/,
    )
    await it.list(secret('a', 'A', 'west'))
    expect(it.takeEvents()).toEqual(['open west'])
  })

  test('may be renamed within one list', async () => {
    const it = secretMembers()
    await it.list(secret('a', 'A', 'west'))
    await it.list(secret('b', 'A', 'west'))
    expect(it.takeEvents()).toEqual(['open west', 'close west', 'open west'])
  })
})

describe('the policy of a Secret', () => {
  const noPay = 'namespaces: {export: {deny: [pay]}}'

  test('is that of its member; without one the defaults apply', async () => {
    const it = secretMembers()
    await it.list(secret('a', 'A', 'west', noPay), secret('b', 'B', 'east'))
    expect(it.members.policyOf('west')?.exportsFrom('pay')).toBe(false)
    expect(it.members.policyOf('west')?.exportsFrom('web')).toBe(true)
    expect(it.members.policyOf('east')).toBe(openPolicy)
    expect(it.members.policyOf('north')).toBeUndefined()
  })

  test('may change without new credentials', async () => {
    const it = secretMembers()
    await it.list(secret('a', 'A', 'west'))
    await it.list(secret('a', 'A', 'west', noPay))
    expect(it.takeEvents()).toEqual(['open west', 'policy'])
    expect(it.members.policyOf('west')?.exportsFrom('pay')).toBe(false)
    expect(it.lines).toEqual(['[INFO] cluster west: new policy from Secret clusterset-dns-fleet/a'])
  })

  test('is kept when the new one is invalid, as are the credentials', async () => {
    const it = secretMembers()
    await it.list(secret('a', 'A', 'west', noPay))
    await it.list(secret('a', 'B', 'west', 'namespace: {}'))
    expect(it.takeEvents()).toEqual(['open west'])
    expect(it.members.policyOf('west')?.exportsFrom('pay')).toBe(false)
    expect(it.lines).toEqual([
      '[ERROR] Secret clusterset-dns-fleet/a: policy:1:12: unknown field "namespace" (did you mean namespaces?); ' +
        'cluster west keeps its previous settings',
    ])
  })
})

describe('an invalid Secret', () => {
  test.each<[string, object, string]>([
    ['no kubeconfig', secret('a', undefined, 'west'), 'its data has no "kubeconfig"'],
    ['an invalid id', secret('a', 'A', 'West.1'), 'its id is "West.1", not one lower-case DNS'],
    [
      'the id of a configured member',
      secret('a', 'A', 'hub'),
      'the configuration already has a member "hub"',
    ],
    [
      'a bad policy',
      secret('a', 'A', 'west', 'namespaces: {export: {deny: [A]}}'),
      'policy:1:30: this is "A", not a namespace name or a pattern of one',
    ],
    ['a bad kubeconfig', secret('a', 'bad yaml', 'west'), 'bad yaml cannot be used'],
  ])('with %s is logged, and no member is opened', async (_, raw, why) => {
    const it = secretMembers(['hub'])
    await it.list(raw)
    await it.list(raw)
    expect(it.takeEvents()).toEqual([])
    expect(it.lines).toHaveLength(1)
    expect(it.lines[0]).toContain(`[ERROR] Secret clusterset-dns-fleet/a: ${why}`)
  })

  test('is logged once, and the member keeps its previous credentials', async () => {
    const it = secretMembers()
    await it.list(secret('a', 'A', 'west'))
    for (let i = 0; i < 3; i++) await it.list(secret('a', 'bad', 'west'))
    expect(it.read('west')).toBe('A')
    expect(it.lines).toEqual([
      '[ERROR] Secret clusterset-dns-fleet/a: bad cannot be used; cluster west keeps its previous settings',
    ])
    expect(it.checks.count).toBe(2)
    await it.list(secret('a', 'A', 'west'))
    expect(it.lines).toHaveLength(1)
    await it.list(secret('a', 'bad', 'west'))
    expect(it.lines).toHaveLength(2)
    await it.list(secret('a', 'C', 'west'))
    expect(it.takeEvents()).toEqual(['open west', 'reload west'])
  })

  test('is checked again after a minute, without a second log line when it fails again', async () => {
    const it = secretMembers()
    await it.list(secret('a', 'bad', 'west'), secret('b', 'bad too', 'east'))
    it.clock.advance(60_000)
    await settle()
    expect([it.checks.count, it.lines.length]).toEqual([4, 2])
    it.checks.bad = 'never'
    it.clock.advance(59_999)
    await settle()
    expect(it.takeEvents()).toEqual([])
    it.clock.advance(1)
    await settle()
    expect(it.takeEvents()).toEqual(['open west', 'open east'])
    it.clock.advance(3_600_000)
    await settle()
    expect(it.checks.count).toBe(6)
  })

  test('is not checked again after the abort', async () => {
    const it = secretMembers()
    await it.list(secret('a', 'bad', 'west'))
    it.stop.abort()
    expect(it.clock.waiting).toEqual([])
  })

  test('may not change its id: the member keeps the former id', async () => {
    const it = secretMembers()
    await it.list(secret('a', 'A', 'west'))
    await it.list(secret('a', 'A', 'east'))
    expect(it.takeEvents()).toEqual(['open west'])
    expect(it.lines[0]).toContain('its id changed from "west" to "east"')
  })

  test('with the id of another Secret is rejected until that one is deleted', async () => {
    const it = secretMembers()
    await it.list(secret('a', 'A', 'west'), secret('b', 'B', 'west'))
    await it.list(secret('a', 'A', 'west'), secret('b', 'B', 'west'))
    expect(it.lines).toEqual([
      '[ERROR] Secret clusterset-dns-fleet/b: Secret a already defines the member "west"',
    ])
    await it.list(secret('b', 'B', 'west'))
    expect(it.takeEvents()).toEqual(['open west', 'close west', 'open west'])
    expect(it.read('west')).toBe('B')
  })

  test('does not prevent other Secrets from being opened', async () => {
    const it = secretMembers()
    await it.list(secret('a', 'bad', 'west'), secret('b', 'B', 'east'))
    expect(it.takeEvents()).toEqual(['open east'])
  })
})

test('settled is true once every valid Secret has its member', async () => {
  const it = secretMembers()
  expect(it.members.settled).toBe(false)
  let open = () => {}
  it.checks.gate = new Promise((done) => {
    open = done
  })
  await it.list(secret('a', 'A', 'west'))
  expect(it.members.settled).toBe(false)
  open()
  await settle()
  expect(it.members.settled).toBe(true)
})

test('after the abort no member is opened and nothing is logged', async () => {
  const it = secretMembers()
  let open = () => {}
  it.checks.gate = new Promise((done) => {
    open = done
  })
  await it.list(secret('a', 'A', 'west'), secret('b', 'B', 'east'))
  it.stop.abort()
  open()
  await settle()
  expect(it.takeEvents()).toEqual([])
  expect(it.lines).toEqual([])
})
