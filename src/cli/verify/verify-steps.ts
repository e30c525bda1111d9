// The way of a Service from one cluster to the other, step by step.
import { amcsName, MCS_SERVICE_NAME_LABEL, SERVICE_NAME_LABEL } from '../../fleet/api/names.ts'
import { importRecord } from '../../fleet/member/convert.ts'
import { readServer } from '../../fleet/preflight/check-cluster.ts'
import { ApiError } from '../../kube/api-error.ts'
import { discoverVersion } from '../../kube/discovery.ts'
import { leftoversProgress } from './leftovers.ts'
import { done, type Progress, waiting } from './step.ts'
import type { Verification } from './verification.ts'
import { type AnswerTarget, takeAnswerSteps } from './verify-answers.ts'
import type { VerifyCluster } from './verify-cluster.ts'
import {
  exportObject,
  importObject,
  namespaceObject,
  SERVICE,
  serverPod,
  serviceObject,
  sliceObject,
} from './verify-objects.ts'
import {
  addressProgress,
  endpointsProgress,
  exportProgress,
  importProgress,
  readyAddresses,
  slicesProgress,
} from './verify-rules.ts'
import type { Walk } from './walk.ts'

/** Milliseconds until a namespace is gone; a real one takes some seconds. */
export const CLEAN_UP_MS = 60_000
const blocks = { blocks: true } as const
const always = { blocks: true, always: true } as const
const blocksNothing = { blocks: false } as const

/** Takes all steps but the clean-up; `created` is called before the first object is created. */
export async function takeSteps(
  verification: Verification,
  walk: Walk,
  created: () => void,
): Promise<void> {
  const { exporter, importer, namespace, now, until } = verification
  const both = [exporter, importer]
  for (const one of both) {
    await walk.take({ id: 'cluster', at: one.name, look: (s) => clusterProgress(one, s) }, always)
  }
  for (const one of both) {
    const look = (signal: AbortSignal) => leftoversProgress(one, now, signal)
    await walk.take({ id: 'leftovers', at: one.name, look }, blocksNothing)
  }
  for (const one of both) {
    const start = (signal: AbortSignal) => {
      created()
      return one.create('namespaces', '', namespaceObject(namespace, until), signal)
    }
    const look = async () => done(`The namespace ${namespace} is created.`)
    await walk.take({ id: 'namespace', at: one.name, start, look }, blocks)
  }
  const addresses = await takeExportSteps(verification, walk)
  const ips = await takeImportSteps(verification, walk, addresses)
  const target: AnswerTarget = { ...verification, ips, hasEndpoints: addresses.length > 0 }
  await takeAnswerSteps(target, walk)
}

async function clusterProgress(cluster: VerifyCluster, signal: AbortSignal): Promise<Progress> {
  const { client, versions, kubectl, name } = cluster
  const server = await readServer(client, signal)
  try {
    for (const resource of ['serviceexports', 'serviceimports'] as const) {
      versions.set(resource, await discoverVersion(client, signal, resource))
    }
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'not_found') throw error
    const text = `${name} lacks CRDs of the MCS API: ${error.message}`
    return { state: 'broken', text, command: `${kubectl} apply -k deploy/crds` }
  }
  return done(`${server}.`)
}

/** The steps in the exporting cluster; resolves to the ready addresses there. */
async function takeExportSteps(
  { exporter, namespace, image }: Verification,
  walk: Walk,
): Promise<readonly string[]> {
  const at = exporter.name
  let addresses: readonly string[] = []
  const hasPods = image !== undefined
  await walk.take(
    {
      id: 'service',
      at,
      start: (s) => exporter.create('services', namespace, serviceObject(namespace, hasPods), s),
      look: async () => done(`The Service ${namespace}/${SERVICE} is created.`),
    },
    blocks,
  )
  await walk.take(
    {
      id: 'endpoints',
      at,
      start: (signal) =>
        image === undefined
          ? exporter.create('endpointslices', namespace, sliceObject(namespace), signal)
          : exporter.create('pods', namespace, serverPod(namespace, image), signal),
      look: async (signal) => {
        const selector = `${SERVICE_NAME_LABEL}=${SERVICE}`
        const [slices, pods] = await Promise.all([
          exporter.list('endpointslices', namespace, selector, signal),
          hasPods ? exporter.list('pods', namespace, '', signal) : [],
        ])
        addresses = readyAddresses(slices, pods)
        return endpointsProgress(slices, pods)
      },
    },
    blocksNothing,
  )
  await walk.take(
    {
      id: 'valid',
      at,
      start: (signal) => {
        const version = exporter.versions.get('serviceexports') ?? ''
        return exporter.create(
          'serviceexports',
          namespace,
          exportObject(namespace, version),
          signal,
        )
      },
      look: async (signal) =>
        exportProgress(await exporter.get('serviceexports', namespace, SERVICE, signal)),
    },
    blocks,
  )
  return addresses
}

/** The steps in the importing cluster; resolves to the addresses of the import. */
async function takeImportSteps(
  { importer, namespace }: Verification,
  walk: Walk,
  addresses: readonly string[],
): Promise<readonly string[]> {
  const at = importer.name
  let ips: readonly string[] = []
  await walk.take(
    {
      id: 'import',
      at,
      // In import mode auto the fleet may have created it.
      start: (signal) => {
        const version = importer.versions.get('serviceimports') ?? ''
        return importer.create(
          'serviceimports',
          namespace,
          importObject(namespace, version),
          signal,
        )
      },
      look: async (signal) => {
        const raw = await importer.get('serviceimports', namespace, SERVICE, signal)
        ips = importRecord(raw).ips
        return importProgress(raw)
      },
    },
    blocks,
  )
  await walk.take(
    {
      id: 'amcs-service',
      at,
      look: async (signal) =>
        addressProgress(await importer.get('services', namespace, amcsName(SERVICE), signal), ips),
    },
    blocks,
  )
  if (addresses.length === 0) {
    walk.skip('slices', at, 'The exporter has no ready endpoint.')
    return ips
  }
  const selector = `${MCS_SERVICE_NAME_LABEL}=${SERVICE}`
  await walk.take(
    {
      id: 'slices',
      at,
      look: async (signal) =>
        slicesProgress(
          await importer.list('endpointslices', namespace, selector, signal),
          addresses,
        ),
    },
    blocksNothing,
  )
  return ips
}

/** Waits until the namespace is gone in each cluster. */
export async function takeCleanUp(
  clusters: readonly VerifyCluster[],
  namespace: string,
  walk: Walk,
): Promise<void> {
  for (const one of clusters) {
    const look = async (signal: AbortSignal) => {
      const found = await one.get('namespaces', '', namespace, signal)
      if (found === undefined) return done(`The namespace ${namespace} is deleted.`)
      const command = `${one.kubectl} get namespace ${namespace} -o yaml`
      const text = `The namespace ${namespace} is still being deleted.`
      return { ...waiting(text, 'failed'), command }
    }
    await walk.take({ id: 'cleanup', at: one.name, look, timeoutMs: CLEAN_UP_MS }, always)
  }
}
