// The CRDs of the MCS API, put into a cluster that has none. One that is there is left alone, whatever it is: others
// may rely on it, and an older one may hold objects. A new one is served a moment later.
import { readdir, readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import type { ApiClient } from '../../kube/api-client.ts'
import { ApiError } from '../../kube/api-error.ts'
import { type Clock, sleep } from '../../kube/clock.ts'
import { discoverVersion } from '../../kube/discovery.ts'
import { FIELD_MANAGER } from '../api/names.ts'
import { nestedObject, stringOf } from '../api/unstructured.ts'

const GROUP = 'apiextensions.k8s.io'
const FOLDER = new URL('../../../deploy/crds/', import.meta.url)

/** A new CRD is waited for that long, and looked for that often. */
const SERVED_MS = 5000
const POLL_MS = 100

/**
 * Creates those that are missing, and waits until they are served, for a few seconds at most; resolves to a line about
 * each. Rejects with ApiError.
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
    const body: unknown = parse(await readFile(new URL(file, FOLDER), 'utf8'))
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
      lines.push(`CRD ${name} is there and stays as it is`)
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
