// The certificate of the API server of a real server expires, or is replaced by one of another CA, under constant questions.
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Authority, createAuthority } from '../../support/pki.ts'
import { waitFor } from '../../support/wait-for.ts'
import { ALL_FAULTS } from '../extent.ts'
import { imported } from './clusterset.ts'
import { recordCost } from './cost.ts'
import { expectNoLoss } from './expect-no-loss.ts'
import { type Rig, START_MS, startRig } from './harness.ts'

const FAULT_MS = 60_000
const MINUTE_MS = 60_000

let authority: Authority
let rig: Rig
const issue = (by: Authority, notAfter = Date.now() + 60 * MINUTE_MS) =>
  by.issue({
    commonName: 'kube-apiserver',
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
    notBefore: new Date(Date.now() - 10 * MINUTE_MS),
    notAfter: new Date(notAfter),
  })

beforeAll(async () => {
  authority = await createAuthority()
  rig = await startRig({ tls: { ca: authority.certificate, pair: await issue(authority) } })
}, START_MS)
afterAll(() => rig?.stop())

test.each([
  {
    name: 'its certificate has expired',
    bad: () => issue(authority, Date.now() - MINUTE_MS),
    says: /CERT_HAS_EXPIRED/,
  },
  {
    name: 'its certificate is of another CA',
    bad: async () => issue(await createAuthority('another-ca')),
    says: /unable to verify|self-signed|unable to get/,
  },
])(
  '$name',
  async ({ name, bad, says }) => {
    const { api, asking, server } = rig
    const gone = imported('gone', '10.10.1.1')
    api.put(gone)
    await rig.imports('gone', 'NOERROR')
    await asking.begin()
    const before = server.output().length
    api.present(await bad())
    api.remove(gone)
    await waitFor('the log says why', () => says.test(server.output().slice(before)), {
      timeoutMs: START_MS,
      detail: server.child.tail,
    })
    if (ALL_FAULTS) await delay(FAULT_MS)
    await server.ready(START_MS)
    await rig.imports('gone', 'NOERROR')
    api.present(await issue(authority))
    const endedAt = performance.now()
    await rig.imports('gone', 'NXDOMAIN')
    const seconds = (performance.now() - endedAt) / 1000
    await rig.seesChanges()
    await asking.answered()
    const books = await asking.end()
    expectNoLoss(books)
    expect(server.child.running()).toBe(true)
    await recordCost('certificates of the API server', name, books, {
      'seconds until its changes are answered': seconds.toFixed(1),
    })
  },
  300_000,
)
