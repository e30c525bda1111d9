// The whole server with objects that ask for far more answers than it has memory.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { query } from '../support/dns-client.ts'
import { startOurServer } from '../support/our-server.ts'

const ports = Array.from({ length: 20_000 }, (_, i) => ({ name: `p${i}`, port: i + 1 }))
const endpoints = Array.from({ length: 1000 }, (_, i) => {
  return { addresses: [`10.0.${i >> 8}.${i & 255}`] }
})

function headless(name: string): readonly object[] {
  const labels = {
    'multicluster.kubernetes.io/service-name': name,
    'multicluster.kubernetes.io/source-cluster': 'c1',
  }
  return [
    {
      apiVersion: 'multicluster.x-k8s.io/v1alpha1',
      kind: 'ServiceImport',
      metadata: { name, namespace: 'ns' },
      spec: { type: 'Headless', ports: [] },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, namespace: 'ns', labels },
      addressType: 'IPv4',
      ports,
      endpoints,
    },
  ]
}

test('1,000 endpoints with 20,000 ports do not end a server with a heap of 256 MB, which answers for them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'manifests-'))
  const items = ['a', 'b', 'c'].flatMap(headless)
  await writeFile(
    join(folder, 'objects.json'),
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  )
  const server = await startOurServer({
    corefile: `. {
      bind 127.0.0.1
      health 127.0.0.1:{$HEALTH_PORT}
      prometheus 127.0.0.1:{$METRICS_PORT}
      multicluster clusterset.local {
        manifests ${folder}
        startup_timeout 1m
      }
    }`,
    env: { NODE_OPTIONS: '--max-old-space-size=256' },
  })
  try {
    const { port } = server
    const name = 'b.ns.svc.clusterset.local.'
    const reply = await query({ port, name, type: 1, tcp: true })
    expect(reply.answers.length).toBe(1000)
    const srv = await query({ port, name: `10-0-3-231.c1.${name}`, type: 33, tcp: true })
    expect(srv.answers.length).toBeGreaterThan(20)
    const warnings = server.output().match(/service ns\/\w exceeds max_bytes/g)
    expect(warnings).toHaveLength(3)
    expect(await server.metrics()).toMatch(/^clusterset_dns_limited_services{.*} 3$/m)
    const health = await fetch(`http://127.0.0.1:${server.healthPort}/health`)
    expect(health.status).toBe(200)
  } finally {
    await server.stop()
    await rm(folder, { recursive: true })
  }
})
