// The fleet renews the token of a member in its Secret, on real API servers and with the rights of deploy/fleet alone.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kubeconfigToken } from '../../src/kube/kubeconfig-token.ts'
import { tokenClaims } from '../../src/kube/token-claims.ts'
import type { Cluster } from '../support/cluster.ts'
import { describeWithTools } from '../support/e2e.ts'
import {
  FLEET_ACCOUNT,
  FLEET_NAMESPACE,
  type FleetClusters,
  startFleetClusters,
} from '../support/fleet-clusters.ts'
import type { KubeObject } from '../support/kube-client.ts'
import { type OurFleet, startOurFleet } from '../support/our-fleet.ts'
import { waitFor } from '../support/wait-for.ts'

const SECRET = `/api/v1/namespaces/${FLEET_NAMESPACE}/secrets/member-west`

describeWithTools('the token of a member in its Secret', (tools) => {
  let started: FleetClusters
  let hub: Cluster
  let west: Cluster
  let fleet: OurFleet | undefined

  beforeAll(async () => {
    started = await startFleetClusters({ tools, ids: ['hub', 'west'] })
    ;[hub, west] = started.clusters as [Cluster, Cluster]
    fleet = await startOurFleet({ members: { hub: started.members.hub! } })
  }, 120_000)

  afterAll(async () => {
    await fleet?.stop()
    await started?.stop()
  }, 60_000)

  /** Puts a token into the Secret that is past half of its lifetime; returns it. */
  const putOldToken = async () => {
    const token = await west.createToken(FLEET_ACCOUNT, FLEET_NAMESPACE, 300, 400)
    const file = await west.writeKubeconfig('old', { token })
    await hub.apply([
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name: 'member-west',
          namespace: FLEET_NAMESPACE,
          labels: { 'clusterset-dns.io/member': 'west' },
        },
        data: { kubeconfig: (await readFile(file)).toString('base64') },
      } as KubeObject,
    ])
    return token
  }
  const storedToken = async () => {
    const { body } = await hub.request<{ data: { kubeconfig: string } }>('GET', SECRET)
    return kubeconfigToken(Buffer.from(body.data.kubeconfig, 'base64').toString('utf8'))!
  }
  const untilLogged = (what: RegExp) =>
    waitFor(`the log has ${what}`, () => what.test(fleet!.output()), {
      timeoutMs: 40_000,
      detail: () => fleet!.child.tail(40),
    })

  test('is renewed, tried and used', async () => {
    const old = await putOldToken()
    await untilLogged(/cluster west: in sync/)
    await untilLogged(/cluster west: new token in Secret clusterset-dns-fleet\/member-west/)
    await untilLogged(/cluster west: new credentials from Secret/)
    const token = await storedToken()
    expect(tokenClaims(token)!.expiresAt).toBeGreaterThan(tokenClaims(old)!.expiresAt)
    const timeLeft = async () => {
      const [, text] =
        /token_remaining_seconds\{cluster="west"\} (\S+)/.exec(await fleet!.metrics()) ?? []
      return Number(text) > 300 && Number(text)
    }
    // The next probe, at most ten seconds later, loads the new token.
    const seconds = await waitFor('the metric has the time left', timeLeft, { timeoutMs: 60_000 })
    // The former token lasted 700 s.
    expect(seconds).toBeLessThanOrEqual(700)
    expect(await fleet!.inSync()).toBe(true)
  }, 120_000)

  test('is no way to a token of another account', async () => {
    const token = await storedToken()
    const create = (account: string) =>
      west.request(
        'POST',
        `/api/v1/namespaces/${FLEET_NAMESPACE}/serviceaccounts/${account}/token`,
        { spec: { expirationSeconds: 600 } },
        { token },
      )
    await west.createToken('other', FLEET_NAMESPACE)
    expect((await create('other')).status).toBe(403)
    expect((await create(FLEET_ACCOUNT)).status).toBe(201)
  })

  test('stays, with a WARNING, where the fleet has no right to renew it', async () => {
    const metadata = { name: 'clusterset-dns-fleet-renewal', namespace: FLEET_NAMESPACE }
    const apiVersion = 'rbac.authorization.k8s.io/v1'
    await west.remove([{ apiVersion, kind: 'RoleBinding', metadata }])
    const old = await putOldToken()
    await untilLogged(
      /WARNING\] cluster west: the token in Secret .*member-west cannot be renewed, and it ends in \d min: /,
    )
    expect(await storedToken()).toBe(old)
    expect(await fleet!.inSync()).toBe(true)
  }, 120_000)
})
