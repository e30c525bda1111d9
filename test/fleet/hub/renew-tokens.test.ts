// Tokens in the Secrets of members are renewed by the leader after half of their lifetime. A new token is written only
// after the member accepted it, and a failure leaves the old one in place.
import { afterEach, expect, test } from 'vitest'
import type { TokenSpec } from '../../../src/fleet/api/token-spec.ts'
import type { MemberSecret } from '../../../src/fleet/hub/member-secrets.ts'
import { renewTokens } from '../../../src/fleet/hub/renew-tokens.ts'
import { ApiError } from '../../../src/kube/api-error.ts'
import { kubeconfigToken } from '../../../src/kube/kubeconfig-token.ts'
import { handClock } from '../../support/hand-clock.ts'
import { accountJwt } from '../../support/jwt.ts'
import { memoryLog } from '../../support/memory-log.ts'

const DAY = 24 * 3600
const MINUTE_MS = 60_000
const account = 'clusterset-dns-fleet/clusterset-dns-fleet'
const forbidden = new ApiError('forbidden', 'no right to create serviceaccounts/token')

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

const kubeconfigOf = (user: object) =>
  JSON.stringify({
    'current-context': 'west',
    users: [{ name: 'fleet', user }],
    contexts: [{ name: 'west', context: { cluster: 'west', user: 'fleet' } }],
  })

interface Fault {
  create?: Error
  try?: Error
  write?: Error
  /** Seconds that new tokens last; default: as requested. */
  seconds?: number
}

/** One member with a token of a day; every step is recorded. */
function start(user?: object) {
  const clock = handClock()
  const now = () => clock.wall() / 1000
  const steps: string[] = []
  const lines: string[] = []
  const fault: Fault = {}
  /** isStale: the cache of Secrets shows no change. */
  const state = { mayWrite: true, tokens: 0, isStale: false }
  let secret: MemberSecret = {
    name: 'member-west',
    id: 'west',
    kubeconfig: kubeconfigOf(user ?? { token: accountJwt({ iat: now(), seconds: DAY }) }),
    policy: '',
    object: { name: 'member-west', uid: 'u', resourceVersion: '1' },
  }
  let shown = secret
  const step = (text: string, error: Error | undefined) => {
    steps.push(text)
    if (error !== undefined) throw error
  }
  const member = {
    name: 'west',
    createToken: async (
      { namespace, name }: { namespace: string; name: string },
      { audiences, expirationSeconds }: TokenSpec,
    ) => {
      step(`create ${namespace}/${name} ${audiences} ${expirationSeconds}`, fault.create)
      const seconds = fault.seconds ?? expirationSeconds
      return accountJwt({ iat: now(), seconds, jti: `${state.tokens++}` })
    },
    tryKubeconfig: async () => step('try', fault.try),
  }
  const end = new AbortController()
  cleanups.push(() => end.abort())
  const done = renewTokens(
    {
      members: () => {
        if (!state.isStale) shown = secret
        return [{ member, secret: shown }]
      },
      write: async (read, kubeconfig) => {
        step(`write ${read.name} ${read.object.resourceVersion}`, fault.write)
        const resourceVersion = String(Number(read.object.resourceVersion) + 1)
        secret = { ...read, kubeconfig, object: { ...read.object, resourceVersion } }
      },
      clock,
      log: memoryLog(lines).log,
      mayWrite: () => state.mayWrite,
    },
    end.signal,
  )
  const settle = async () => {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  }
  return {
    lines,
    steps,
    fault,
    state,
    end,
    done,
    token: () => kubeconfigToken(secret.kubeconfig),
    /** Lets minutes pass, one look each. */
    pass: async (minutes: number) => {
      await settle()
      for (let i = 0; i < minutes; i++) {
        clock.advance(MINUTE_MS)
        await settle()
      }
    },
    /** Lets hours pass with a look at their end only. */
    hours: async (hours: number) => {
      await settle()
      clock.advance(hours * 60 * MINUTE_MS)
      await settle()
    },
  }
}

const renewal = [
  `create ${account} https://kubernetes.default.svc ${DAY}`,
  'try',
  'write member-west 1',
]

test('a token is renewed after half of its lifetime, and then again after half of the next', async () => {
  const it = start()
  const first = it.token()
  await it.hours(11)
  expect(it.steps).toEqual([])
  await it.hours(1)
  expect(it.steps).toEqual(renewal)
  expect(it.token()).not.toBe(first)
  expect(it.lines).toEqual([
    '[INFO] cluster west: new token in Secret clusterset-dns-fleet/member-west',
  ])
  await it.pass(60)
  expect(it.steps).toEqual(renewal)
  await it.hours(11)
  expect(it.steps).toHaveLength(6)
})

test('only the leader renews', async () => {
  const it = start()
  it.state.mayWrite = false
  await it.hours(20)
  expect(it.steps).toEqual([])
  it.state.mayWrite = true
  await it.pass(1)
  expect(it.steps).toEqual(renewal)
})

test.each([
  [
    'the member refuses a new token',
    { create: forbidden },
    'no right to create serviceaccounts/token',
  ],
  ['the member does not accept the new token', { try: new ApiError('unauthorized', 'no') }, 'no'],
  ['the hub refuses the write', { write: new ApiError('forbidden', 'no right') }, 'no right'],
  ['the new token lasts no longer', { seconds: 600 }, 'the new token would not last longer'],
] as const)('when %s, the old token stays, with one WARNING', async (_, fault, why) => {
  const it = start()
  const first = it.token()
  Object.assign(it.fault, fault)
  await it.hours(12)
  await it.pass(60)
  expect(it.token()).toBe(first)
  expect(it.lines).toEqual([
    '[WARNING] cluster west: the token in Secret clusterset-dns-fleet/member-west cannot be renewed, ' +
      `and it ends in 12 h: ${why}`,
  ])
  const attempts = it.steps.filter((step) => step.startsWith('create')).length
  expect(attempts).toBe(7)
  for (const key of ['create', 'try', 'write', 'seconds'] as const) delete it.fault[key]
  await it.pass(10)
  expect(it.token()).not.toBe(first)
})

test('a refusal that quotes the new token or kubeconfig is logged without it', async () => {
  const { pass, hours, fault, lines } = start()
  const token = accountJwt({ iat: 0, seconds: DAY })
  const data = Buffer.from(kubeconfigOf({ token })).toString('base64')
  fault.write = new ApiError('refused', `denied: ${token} in {"kubeconfig":"${data.slice(0, 200)}`)
  await hours(13)
  await pass(1)
  expect(lines.join()).toContain('denied: [hidden] in {"kubeconfig":"[hidden]')
})

test('a Secret that somebody else changes meanwhile is looked at again after ten minutes, without a word', async () => {
  const it = start()
  it.fault.write = new ApiError('conflict', 'the Secret has changed')
  await it.hours(12)
  delete it.fault.write
  await it.pass(9)
  expect(it.steps).toEqual(renewal)
  await it.pass(1)
  expect(it.steps).toEqual([...renewal, ...renewal])
  expect(it.lines).toHaveLength(1)
})

test('no further token is created while the cache of Secrets does not show the new one', async () => {
  const it = start()
  it.state.isStale = true
  await it.hours(12)
  it.fault.write = new ApiError('conflict', 'the Secret has changed')
  await it.pass(60)
  const attempts = it.steps.filter((step) => step.startsWith('create')).length
  expect(attempts).toBe(7)
  it.state.isStale = false
  await it.pass(60)
  expect(it.steps).toHaveLength(3 * attempts)
})

test.each([
  ['a client certificate', { 'client-certificate-data': 'x' }],
  ['a token that never ends', { token: 'opaque' }],
])('a kubeconfig with %s is left alone', async (_, user) => {
  const it = start(user)
  await it.hours(1000)
  expect(it.steps).toEqual([])
  expect(it.lines).toEqual([])
})

test('a token that is bound to a Secret is not replaced by one that is not', async () => {
  const iat = handClock().wall() / 1000
  const bound = { 'kubernetes.io': { secret: { name: 's' } } }
  const it = start({ token: accountJwt({ iat, seconds: DAY, ...bound }) })
  await it.hours(13)
  expect(it.steps).toEqual([])
  expect(it.lines.join()).toContain('it ends in 11 h: it is no token of a service account alone')
})

test('it ends with its signal', async () => {
  const it = start()
  await it.pass(1)
  it.end.abort()
  await expect(it.done).resolves.toBeUndefined()
})
