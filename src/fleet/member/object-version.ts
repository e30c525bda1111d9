// The version of a cached object as one text: its uid and its resourceVersion.
import type { Fields } from '../../kube/fields.ts'
import { stringOf } from '../api/unstructured.ts'

/** "uid resourceVersion" of an object's metadata. */
export function versionOf(metadata: Fields): string {
  return `${stringOf(metadata.uid)} ${stringOf(metadata.resourceVersion)}`
}

/** The uid of a version. */
export function uidOf(version: string): string {
  return version.slice(0, version.indexOf(' '))
}

/** True when both belong to the same object and `version` is the earlier one. */
export function isOlder(version: string, known: string | undefined): boolean {
  if (known === undefined) return false
  const [uid, number] = version.split(' ')
  const [knownUid, knownNumber] = known.split(' ')
  return uid === knownUid && Number(number) < Number(knownNumber)
}
