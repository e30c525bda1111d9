// Loads Kubernetes objects from YAML files of the repository and of the tests.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from './kube-client.ts'
import { downloadModule } from './tools.ts'

const ROOT = new URL('../../', import.meta.url)

/** All documents of a YAML file; `path` is absolute, or relative to the top of the repository. */
export async function loadManifests(path: string): Promise<KubeObject[]> {
  const objects: KubeObject[] = []
  for (const document of parseAllDocuments(await readFile(new URL(path, ROOT), 'utf8'))) {
    if (document.errors[0]) throw document.errors[0]
    const object: KubeObject | null = document.toJS()
    if (object) objects.push(object)
  }
  return objects
}

/** The official MCS CRDs, from the Go module of the Kubernetes project. */
export async function loadOfficialCrds(): Promise<KubeObject[]> {
  const folder = join(await downloadModule('mcs-api'), 'config', 'crd')
  const files = await Promise.all(
    ['serviceexports', 'serviceimports'].map((kind) =>
      loadManifests(join(folder, `multicluster.x-k8s.io_${kind}.yaml`)),
    ),
  )
  return files.flat()
}

/** The CRDs ServiceMonitor and PrometheusRule of the Prometheus operator, from its Go module. */
export async function loadMonitoringCrds(): Promise<KubeObject[]> {
  const folder = join(
    await downloadModule('prometheus-operator'),
    'example/prometheus-operator-crd',
  )
  const files = ['servicemonitors', 'prometheusrules'].map((kind) =>
    loadManifests(join(folder, `monitoring.coreos.com_${kind}.yaml`)),
  )
  return (await Promise.all(files)).flat()
}

/** Our MCS CRDs: as in mcs-api v0.5.0, or as in old releases (v1alpha1 only). */
export async function loadCrds(release: 'v0.5.0' | 'v1alpha1' = 'v0.5.0'): Promise<KubeObject[]> {
  const path = (kind: string) =>
    release === 'v1alpha1'
      ? `test/fixtures/crds/v1alpha1-${kind}.yaml`
      : `deploy/crds/multicluster.x-k8s.io_${kind}.yaml`
  const files = await Promise.all(
    ['serviceexports', 'serviceimports'].map((kind) => loadManifests(path(kind))),
  )
  return files.flat()
}
