// Labels and annotations that an export does not hand on. They mean something to controllers of the importing cluster: a
// ServiceImport that carries the marks of a GitOps tool may be pruned by it, and others make controllers act on it.
import { globTest } from './glob.ts'
import { isQualifiedName } from './labels.ts'
import type { StringMap } from './types.ts'

/** True for the key of a label or annotation that is not handed on. */
export type KeyTest = (key: string) => boolean

/** The keys of Kubernetes, Argo CD, Flux, Helm, kapp, Rancher Fleet and Config Sync. */
export const defaultReservedKeys: readonly string[] = [
  'kubernetes.io/*',
  '*.kubernetes.io/*',
  'k8s.io/*',
  '*.k8s.io/*',
  '*.argoproj.io/*',
  'fluxcd.io/*',
  '*.fluxcd.io/*',
  'helm.sh/*',
  '*.helm.sh/*',
  'kapp.k14s.io/*',
  '*.cattle.io/*',
  'configmanagement.gke.io/*',
  'configsync.gke.io/*',
]

/** The default of `reservedKeys`. */
export const isReservedByDefault: KeyTest = keyTest(defaultReservedKeys)

/**
 * True for keys that match any of the patterns, and false for an invalid key, which no import carries anyway: an export
 * may have keys of megabytes.
 */
export function keyTest(patterns: readonly string[]): KeyTest {
  const matches = globTest(patterns)
  return (key) => isQualifiedName(key) && matches(key)
}

/** The entries that are handed on; `entries` itself when all are. */
export function withoutReserved(entries: StringMap, isReserved: KeyTest): StringMap {
  const kept = Object.entries(entries).filter(([key]) => !isReserved(key))
  return kept.length === Object.keys(entries).length ? entries : Object.fromEntries(kept)
}
