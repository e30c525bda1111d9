// The CRDs of the MCS API, put into a cluster that has none. One that is there is left alone, whatever it is: others
// may rely on it, and an older one may hold objects.
import { readdir, readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import type { ApiClient } from '../kube/api-client.ts'
import { ApiError } from '../kube/api-error.ts'
import { FIELD_MANAGER } from './names.ts'
import { at, text } from './raw-fields.ts'

const GROUP = 'apiextensions.k8s.io'
const FOLDER = new URL('../../deploy/crds/', import.meta.url)

/** Creates those that are missing; resolves to a line about each. Rejects with ApiError. */
export async function installCrds(
  client: ApiClient,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.startsWith('multicluster.')).sort()
  const lines: string[] = []
  for (const file of files) {
    const body: unknown = parse(await readFile(new URL(file, FOLDER), 'utf8'))
    const name = text(at(body, 'metadata').name)
    const ask = {
      verb: 'create',
      resource: `customresourcedefinitions ${name}`,
      group: GROUP,
    } as const
    const path = `/apis/${GROUP}/v1/customresourcedefinitions?fieldManager=${FIELD_MANAGER}`
    try {
      await client.write({ ask, path, body, signal })
      lines.push(`CRD ${name} created`)
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== 'conflict') throw error
      lines.push(`CRD ${name} is there and stays as it is`)
    }
  }
  return lines
}
