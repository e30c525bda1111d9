// A Kustomization of a user over folders of deploy/.
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from './kube-client.ts'

const run = promisify(execFile)

/** What a user names in a kustomization.yaml: folders, relative to the top of the repository. */
export interface OwnKustomization {
  readonly resources: readonly string[]
  readonly components: readonly string[]
}

/** The objects of a folder with a kustomization.yaml. */
export async function renderFolder(kubectl: string, folder: string): Promise<KubeObject[]> {
  const { stdout } = await run(kubectl, ['kustomize', folder])
  return parseAllDocuments(stdout).map((document) => document.toJS() as KubeObject)
}

/** The objects of a user's own Kustomization. */
export async function renderOwn(kubectl: string, own: OwnKustomization): Promise<KubeObject[]> {
  const folder = await mkdtemp(join(tmpdir(), 'deploy-'))
  const above = (names: readonly string[]) => names.map((name) => `../${name}`)
  const text = { resources: above(own.resources), components: above(own.components) }
  try {
    await cp('deploy', join(folder, 'deploy'), { recursive: true })
    await mkdir(join(folder, 'own'))
    await writeFile(join(folder, 'own/kustomization.yaml'), JSON.stringify(text))
    return await renderFolder(kubectl, join(folder, 'own'))
  } finally {
    await rm(folder, { recursive: true })
  }
}
