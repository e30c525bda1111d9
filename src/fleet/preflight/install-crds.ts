// Creates the missing CRDs of the MCS API in a cluster. An existing CRD is never changed: other programs may rely on
// it, and an older version may have objects. The API server serves a new CRD only after a moment.
import { readdir, readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import type { ApiClient } from '../../kube/api-client.ts'
import { ApiError } from '../../kube/api-error.ts'
import { type Clock, sleep } from '../../kube/clock.ts'
import { discoverVersion } from '../../kube/discovery.ts'
import { yamlOptions } from '../../kube/yaml-options.ts'
import { FIELD_MANAGER } from '../api/names.ts'
import { nestedObject, stringOf } from '../api/unstructured.ts'

const GROUP = 'apiextensions.k8s.io'
const FOLDER = new URL('../../../deploy/crds/', import.meta.url)

/** How long to wait until new CRDs are served, and how often to check, in milliseconds. */
const SERVED_MS = 5000
const POLL_MS = 100

/**
 * Creates the missing CRDs and waits up to SERVED_MS until they are served. Resolves to one line of text per CRD.
 * Rejects with ApiError.
 */
export async function installCrds(
  client: ApiClient,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.startsWith('multicluster.')).sort()
  const lines: string[] = []
  let created = 0
  for (const file of files) {
    const body: unknown = parse(await readFile(new URL(file, FOLDER), 'utf8'), yamlOptions)
    const name = stringOf(nestedObject(body, 'metadata').name)
    const info = {
      verb: 'create',
      resource: `customresourcedefinitions ${name}`,
      group: GROUP,
    } as const
    const path = `/apis/${GROUP}/v1/customresourcedefinitions?fieldManager=${FIELD_MANAGER}`
    try {
      await client.write({ info, path, body, signal })
      created++
      lines.push(`CRD ${name} created`)
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== 'conflict') throw error
      lines.push(`CRD ${name} exists and is left unchanged`)
    }
  }
  if (created > 0) await waitUntilServed(client, clock, signal)
  return lines
}

async function waitUntilServed(
  client: ApiClient,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const end = clock.now() + SERVED_MS
  while (clock.now() < end && !(await isServed(client, signal))) {
    await sleep(clock, POLL_MS, signal)
  }
}

async function isServed(client: ApiClient, signal: AbortSignal): Promise<boolean> {
  try {
    await Promise.all([
      discoverVersion(client, signal, 'serviceexports'),
      discoverVersion(client, signal, 'serviceimports'),
    ])
    return true
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'not_found') return false
    throw error
  }
}
