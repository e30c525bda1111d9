// What a real API server of an importing cluster refuses: a part that it names is left out, a refused object holds back
// itself alone, and both are told by the condition `Ready`, an Event and a log line.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  type Denial,
  startAdmissionWebhook,
  webhookConfiguration,
} from '../support/admission-webhook.ts'
import { describeWithTools } from '../support/e2e.ts'
import type { KubeObject } from '../support/kube-client.ts'
import { type Clusterset, startClusterset, type Trial } from './clusterset-harness.ts'
import { helloSlice } from './hello.ts'

vi.setConfig({ testTimeout: 60_000 })

const tcp = { name: 'tcp', port: 42, protocol: 'TCP' }
const udp = { name: 'udp', port: 43, protocol: 'UDP' }
const byHand = { selector: undefined, ports: [tcp, udp] }

describeWithTools('refusals of a real API server', (tools) => {
  let set: Clusterset
  let webhook: Awaited<ReturnType<typeof startAdmissionWebhook>>
  /** The rules of the webhook in c2, by namespace. */
  const rules = new Map<string, (resource: string, object: KubeObject) => Denial | undefined>()

  beforeAll(async () => {
    set = await startClusterset({ tools })
    webhook = await startAdmissionWebhook(set.clusters[1]!, ({ namespace, resource, object }) =>
      object === null ? undefined : rules.get(namespace)?.(resource.resource, object),
    )
  }, 180_000)

  afterAll(async () => {
    await webhook?.stop()
    await set?.stop()
  }, 60_000)

  const untilLogged = (pattern: RegExp) =>
    set.until(`the log has ${pattern}`, () => pattern.test(set.fleet.output()))
  const ready = async (trial: Trial) => {
    const found = await trial.view(2).serviceImport('hello')
    const condition = found?.status?.conditions?.find(({ type }) => type === 'Ready')
    return `${condition?.status} ${condition?.reason} ${condition?.message}`
  }
  const untilReady = (trial: Trial, pattern: RegExp) =>
    trial.until(`the condition Ready matches ${pattern}`, async () =>
      pattern.test(await ready(trial)),
    )
  const untilEvent = (trial: Trial, pattern: RegExp) =>
    trial.until(`c2 has an Event ${pattern}`, async () => {
      const path = `/api/v1/namespaces/${trial.namespace}/events`
      const { body } = await set.clusters[1]!.request<{
        items: { reason: string; message: string }[]
      }>('GET', path)
      return body.items.some(({ reason, message }) => pattern.test(`${reason} ${message}`))
    })
  const exportFrom1 = async (trial: Trial, exportSpec?: object) => {
    await trial.apply(1, helloSlice(trial.namespace, [tcp, udp], ['10.1.0.1', '10.1.0.2']))
    await trial.exportService(1, byHand, exportSpec)
  }
  const untilAddresses = (trial: Trial, wanted: readonly string[]) =>
    trial.until(`c2 has the addresses ${wanted.join()}`, async () => {
      return (await trial.view(2).addresses('hello')).join() === wanted.join()
    })

  test('addresses that an older version stored are written in canonical form, or are left out and told', async () => {
    const trial = await set.trial()
    const { namespace } = trial
    const slice = helloSlice(
      namespace,
      [tcp, udp],
      ['2001:DB8:0:0::1', '2001:db8::2', '::ffff:10.1.1.1'],
    )
    const metadata = {
      ...slice.metadata,
      name: 'old',
      uid: '11111111-2222-3333-4444-555555555555',
      creationTimestamp: '2020-01-01T00:00:00Z',
    }
    await trial.exportService(1, byHand)
    const old = { ...slice, metadata }
    await set.clusters[0]!.store(`endpointslices/${namespace}/old`, old)
    const legacy = helloSlice(namespace, [tcp, udp], ['010.001.000.09', '10.1.0.1'])
    await set.clusters[0]!.store(`endpointslices/${namespace}/older`, {
      ...legacy,
      metadata: { ...metadata, name: 'older', uid: '11111111-2222-3333-4444-666666666666' },
    })
    await untilAddresses(trial, ['10.1.0.1', '10.1.0.9', '2001:db8::1', '2001:db8::2'])
    await untilReady(trial, /^True Ready/)
    const path = `/api/v1/namespaces/${namespace}/events`
    await trial.until('c1 has the Event', async () => {
      const { body } = await set.clusters[0]!.request('GET', path)
      return /EndpointsLeftOut/.test(JSON.stringify(body))
    })
    const [valid] = (await trial.view(1).serviceExport('hello'))?.status?.conditions ?? []
    expect(valid?.message).toMatch(/Left out of the endpoints of cluster c1: .*::ffff:10\.1\.1\.1/)
  })

  describe.concurrent('422 with a field leaves only that part out', () => {
    const invalid = (field: string): Denial => {
      const causes = [{ reason: 'FieldValueInvalid', field, message: 'not on my watch' }]
      return {
        code: 422,
        reason: 'Invalid',
        message: `${field}: not on my watch`,
        details: { causes },
      }
    }
    const indexIn = (list: unknown, text: string) =>
      ((list ?? []) as unknown[]).findIndex((one) => JSON.stringify(one).includes(text))
    const element = (
      resource: string,
      path: 'endpoints' | 'ports' | 'spec.ports',
      text: string,
    ) => {
      return (of: string, object: KubeObject) => {
        const owner = path === 'spec.ports' ? (object.spec as KubeObject) : object
        const index = of === resource ? indexIn(owner[path.replace('spec.', '')], text) : -1
        return index < 0 ? undefined : invalid(`${path}[${index}]`)
      }
    }
    const entry = (map: 'labels' | 'annotations') => (of: string, object: KubeObject) => {
      const has = (object.metadata[map] as Record<string, string> | undefined)?.team !== undefined
      return of === 'serviceimports' && has ? invalid(`metadata.${map}[team]`) : undefined
    }
    test.each([
      [
        'an endpoint',
        element('endpointslices', 'endpoints', '10.1.0.1'),
        'EndpointsLeftOut',
        ['10.1.0.2'],
      ],
      [
        'a port of an EndpointSlice',
        element('endpointslices', 'ports', 'udp'),
        'PortsLeftOut',
        ['10.1.0.1', '10.1.0.2'],
      ],
      [
        'a port of a Service',
        element('services', 'spec.ports', 'udp'),
        'PortsLeftOut',
        ['10.1.0.1', '10.1.0.2'],
      ],
      ['a label', entry('labels'), 'LabelsLeftOut', ['10.1.0.1', '10.1.0.2']],
      ['an annotation', entry('annotations'), 'AnnotationsLeftOut', ['10.1.0.1', '10.1.0.2']],
    ] as const)('%s', async (_what, rule, event, addresses) => {
      const trial = await set.trial()
      rules.set(trial.namespace, rule)
      const both = { team: 'a', tier: 'b' }
      await exportFrom1(trial, { exportedLabels: both, exportedAnnotations: both })
      await untilAddresses(trial, addresses)
      await untilReady(trial, /^True Ready .*Left out because .*not on my watch/)
      await untilEvent(trial, new RegExp(`^${event} .*not on my watch`))
      await untilLogged(new RegExp(`${trial.namespace}/.* is left out because .*not on my watch`))
      const found = (await trial.view(2).serviceImport('hello'))!
      expect(found.metadata.labels?.tier).toBe('b')
      expect(found.metadata.annotations?.tier).toBe('b')
      expect(found.spec.ips).not.toHaveLength(0)
      const lists = {
        LabelsLeftOut: found.metadata.labels,
        AnnotationsLeftOut: found.metadata.annotations,
      }
      const list = lists[event as 'LabelsLeftOut']
      if (list !== undefined) expect(list).not.toHaveProperty('team')
    })
  })

  /** A ValidatingAdmissionPolicy with its binding in one namespace. */
  const policy = (namespace: string, resources: readonly string[]): readonly KubeObject[] => [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: `deny-${namespace}` },
      spec: {
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: ['', 'discovery.k8s.io', 'multicluster.x-k8s.io'],
              apiVersions: ['*'],
              operations: ['CREATE', 'UPDATE'],
              resources,
            },
          ],
        },
        validations: [{ expression: 'false', message: 'the policy denies it' }],
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: `deny-${namespace}` },
      spec: {
        policyName: `deny-${namespace}`,
        validationActions: ['Deny'],
        matchResources: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        },
      },
    },
  ]
  const quota = (namespace: string, hard: Readonly<Record<string, string>>): KubeObject => {
    return {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'none', namespace },
      spec: { hard },
    }
  }
  const denied = (code: number, resource: string) => (of: string) =>
    of === resource ? { code, message: 'the webhook says no' } : undefined
  const unreachable = (namespace: string) =>
    webhookConfiguration(`gone-${namespace}`, { url: 'https://127.0.0.1:9/' }, namespace)

  describe.concurrent('a refusal without a field holds back that object alone', () => {
    interface Row {
      readonly name: string
      /** Makes c2 refuse in the namespace; resolves to the objects whose removal ends it. */
      readonly refuse: (trial: Trial) => Promise<readonly KubeObject[]>
      readonly wanted: RegExp
      readonly message: RegExp
      readonly event: RegExp
    }
    const applied = async (trial: Trial, ...objects: readonly KubeObject[]) => {
      await trial.apply(2, ...objects)
      return objects
    }
    const ruled = async (trial: Trial, rule: (of: string) => Denial | undefined) => {
      rules.set(trial.namespace, rule)
      return []
    }
    test.each<Row>([
      {
        name: 'a ValidatingAdmissionPolicy denies EndpointSlices',
        refuse: (trial) => applied(trial, ...policy(trial.namespace, ['endpointslices'])),
        wanted: /^False EndpointsRefused Endpoints of cluster c1: .*the policy denies it/,
        message: /create endpointslices NAMESPACE\/\S+ is refused: .*the policy denies it/,
        event: /^EndpointsRefused /,
      },
      {
        name: 'a ResourceQuota allows no Service',
        refuse: (trial) => applied(trial, quota(trial.namespace, { services: '0' })),
        wanted: /^False ServiceFailed .*exceeded quota: none/,
        message: /create services NAMESPACE\/amcs-hello is refused: .*exceeded quota: none/,
        event: /^ServiceFailed /,
      },
      {
        name: 'a webhook denies Services with 403',
        refuse: (trial) => ruled(trial, denied(403, 'services')),
        wanted: /^False ServiceFailed .*the webhook says no/,
        message: /create services NAMESPACE\/amcs-hello is refused: .*the webhook says no/,
        event: /^ServiceFailed /,
      },
      {
        name: 'a webhook answers 413 to EndpointSlices',
        refuse: (trial) => ruled(trial, denied(413, 'endpointslices')),
        wanted: /^False EndpointsRefused .*the webhook says no/,
        message: /create endpointslices NAMESPACE\/\S+ with status 413: .*the webhook says no/,
        event: /^EndpointsRefused /,
      },
      {
        name: 'a webhook cannot be reached',
        refuse: (trial) => applied(trial, unreachable(trial.namespace)),
        wanted: /^undefined/,
        message: /create serviceimports NAMESPACE\/hello .*failed calling webhook/,
        event: /^WriteRefused .*failed calling webhook/,
      },
      {
        name: 'a webhook denies ServiceImports',
        refuse: (trial) => ruled(trial, denied(403, 'serviceimports')),
        wanted: /^undefined/,
        message: /create serviceimports NAMESPACE\/hello is refused: .*the webhook says no/,
        event: /^WriteRefused .*the webhook says no/,
      },
    ])('$name', async ({ refuse, wanted, message, event }) => {
      const trial = await set.trial()
      const objects = await refuse(trial)
      // A policy and a webhook are in force a moment after they are created.
      await trial.until(
        'it is in force',
        async () => objects.length === 0 || (await isRefused(trial)),
      )
      await exportFrom1(trial)
      await untilReady(trial, wanted)
      await untilEvent(trial, event)
      await untilLogged(
        new RegExp(`cluster c2: .*${message.source.replace('NAMESPACE', trial.namespace)}`),
      )
      // The others go on: c3 has all, and so has c2 what is not refused.
      await trial.until('c3 imports it', async () => {
        return (await trial.view(3).addresses('hello')).length === 2
      })
      expect(await ready(trial)).not.toMatch(/^True/)
      rules.delete(trial.namespace)
      await set.clusters[1]!.remove(objects)
      await untilAddresses(trial, ['10.1.0.1', '10.1.0.2'])
      await untilReady(trial, /^True Ready The service has been imported\.$/)
    })

    /** True if c2 refuses one of the objects of the fleet in the namespace. */
    const isRefused = async ({ namespace }: Trial) => {
      const probes: readonly [string, object][] = [
        ['/api/v1', { kind: 'Service', spec: { ports: [tcp] } }],
        [
          '/apis/discovery.k8s.io/v1',
          { kind: 'EndpointSlice', addressType: 'IPv4', endpoints: [], ports: [] },
        ],
      ]
      const answers = await Promise.all(
        probes.map(([base, object]) => {
          const plural = base === '/api/v1' ? 'services' : 'endpointslices'
          const path = `${base}/namespaces/${namespace}/${plural}?dryRun=All`
          return set.clusters[1]!.request('POST', path, { metadata: { name: 'probe' }, ...object })
        }),
      )
      return answers.some(({ status }) => status >= 400)
    }
  })

  test('writes into a namespace that ends are no missing rights: not logged, and counted apart', async () => {
    const trial = await set.trial()
    const { namespace } = trial
    // A finalizer keeps the namespace in its end.
    const cluster = set.clusters[1]!
    const holder = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'holder', namespace, finalizers: ['example.com/hold'] },
    }
    await cluster.apply([holder])
    await exportFrom1(trial)
    await untilReady(trial, /^True/)
    const path = `/api/v1/namespaces/${namespace}`
    await cluster.request('DELETE', path)
    for (let i = 3; i < 30; i++) {
      await trial.apply(1, helloSlice(namespace, [tcp, udp], [`10.1.0.${i}`]))
    }
    await trial.until('c3 has the last address', async () => {
      return (await trial.view(3).addresses('hello')).join() === '10.1.0.29'
    })
    await cluster.request(
      'PATCH',
      `${path}/configmaps/holder`,
      { metadata: { finalizers: null } },
      { contentType: 'application/merge-patch+json' },
    )
    await trial.until(
      'it is deleted',
      async () => (await cluster.request('GET', path)).status === 404,
    )
    expect(await set.fleet.metrics()).not.toMatch(/writes_total\{.*result="forbidden"/)
    expect(set.fleet.output()).not.toMatch(new RegExp(`(?:ERROR|WARNING).*${namespace}/`))
  })
})
