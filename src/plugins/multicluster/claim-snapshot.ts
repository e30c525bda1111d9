// Which directives of a Corefile may share a snapshot.
import { resolve } from 'node:path'
import { formatDuration } from '../../corefile/duration.ts'
import { CorefileError, type Position } from '../../corefile/error.ts'
import type { Controller } from '../plugin.ts'
import type { ZonesConfig } from './options.ts'
import { sourceKey } from './table-key.ts'

/**
 * Notes which source has which snapshot. Directives that read one source share its objects, so they must have the same
 * snapshot, and no other source may have its file. Throws CorefileError `at` the directive that is in conflict.
 */
export function claimSnapshot(
  { source, labels, requests, snapshot }: ZonesConfig,
  at: Position,
  claims: Controller['claims'],
): void {
  const key = sourceKey(source, labels, requests)
  const place = `${at.file}:${at.line}`
  const text = snapshot && `snapshot ${snapshot.file} ${formatDuration(snapshot.maxAgeMs)}`
  const shown = text ?? 'no snapshot'
  const ofSource = claim(`snapshot of ${key}`, shown)
  if (ofSource.value !== shown) {
    const both = `it has ${shown}, and ${ofSource.place} has ${ofSource.value}`
    const why = 'directives that read the same objects must have the same snapshot'
    throw new CorefileError(`${place} - ${why}: ${both}`, at)
  }
  if (snapshot === undefined) return
  const ofFile = claim(`snapshot in ${resolve(snapshot.file)}`, key)
  if (ofFile.value === key) return
  const other = `${ofFile.place} has it for the objects of another source`
  throw new CorefileError(`${place} - snapshot ${snapshot.file} has two uses: ${other}`, at)

  function claim(what: string, value: string) {
    const known = claims.get(what) ?? { value, place }
    claims.set(what, known)
    return known
  }
}
