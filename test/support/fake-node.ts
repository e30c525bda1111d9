// A fake node: pods are bound to it and reported as running. No container is started.
import type { KubeClient, KubeObject } from './kube-client.ts'

interface Pod extends KubeObject {
  readonly spec: { readonly nodeName?: string }
  readonly status: { readonly phase: string }
}

const NODE = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'fake-node' } } as const

/**
 * Binds every pending pod of a namespace to the fake node and marks it as running and ready. `addresses` are in the
 * order of the pods' names; a dual-stack pod has two, separated by a comma. Resolves to the names of the pods; to none,
 * with nothing done, while the namespace has fewer pods than there are addresses.
 */
export async function runPods(
  kube: Pick<KubeClient, 'request' | 'apply'>,
  namespace: string,
  addresses: readonly string[],
): Promise<string[]> {
  await kube.apply([NODE])
  const path = `/api/v1/namespaces/${namespace}/pods`
  const { body } = await kube.request<{ items: Pod[] }>('GET', path)
  if (body.items.length < addresses.length) return []
  const pending = body.items.filter(({ status }) => status.phase === 'Pending')
  const names = pending.map(({ metadata }) => metadata.name).sort()
  for (const [i, name] of names.entries()) {
    const ips = addresses[i]?.split(',')
    if (ips === undefined) throw new Error(`${names.length} pods, ${addresses.length} addresses`)
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name },
      target: { apiVersion: 'v1', kind: 'Node', name: NODE.metadata.name },
    }
    if (!pending.find(({ metadata }) => metadata.name === name)?.spec.nodeName) {
      const bound = await kube.request('POST', `${path}/${name}/binding`, binding)
      if (bound.status >= 300) throw new Error(`bind ${name}: ${bound.body.message}`)
    }
    const status = {
      phase: 'Running',
      podIP: ips[0],
      podIPs: ips.map((ip) => ({ ip })),
      conditions: [{ type: 'Ready', status: 'True' }],
    }
    const metadata = { name, namespace }
    await kube.apply([{ apiVersion: 'v1', kind: 'Pod', metadata, status }])
  }
  return names
}

/** Deletes all pods of a namespace at once, as a kubelet confirms it; otherwise the namespace never ends. */
export async function endPods(kube: Pick<KubeClient, 'request'>, namespace: string): Promise<void> {
  await kube.request('DELETE', `/api/v1/namespaces/${namespace}/pods?gracePeriodSeconds=0`)
}
