// Zones as arguments: of a plugin that has the block's keys without them, and of `fallthrough`
// (coredns plugin.OriginsFromArgsOrServerBlock, plugin/pkg/fall).
import { zonesOf } from '../corefile/keys.ts'
import type { Controller } from './plugin.ts'

/** The zones that the arguments stand for, or those of the block when there are no arguments. */
export function zonesFromArguments(
  args: readonly string[],
  controller: Controller,
): readonly string[] {
  return args.length === 0 ? controller.zones : usableZones(args, controller)
}

/** The zones after `fallthrough`; all names without any. */
export function fallthroughZones(
  args: readonly string[],
  controller: Controller,
): readonly string[] {
  return args.length === 0 ? ['.'] : usableZones(args, controller)
}

/** The zones that the arguments stand for. CoreDNS leaves out a bad one silently, we say so. */
export function usableZones(args: readonly string[], controller: Controller): readonly string[] {
  return args.flatMap((arg) => {
    const zones = zonesOf(arg)
    if (zones.ok) return zones.value
    controller.warn(`left out: ${zones.message}`)
    return []
  })
}
