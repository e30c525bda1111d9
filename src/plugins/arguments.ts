// Zones as arguments: of a plugin that has the block's keys without them, and of `fallthrough`
// (coredns plugin.OriginsFromArgsOrServerBlock, plugin/pkg/fall).
import type { Dispenser } from '../corefile/dispenser.ts'
import { parseDuration } from '../corefile/duration.ts'
import type { CorefileError } from '../corefile/error.ts'
import { splitAddress } from '../corefile/go-text.ts'
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

/** The milliseconds of a Go duration, or the error that `fail` makes of Go's text. */
export function durationOr(text: string, fail: (message: string) => CorefileError): number {
  const result = parseDuration(text)
  if (!result.ok) throw fail(result.message)
  return result.ms
}

/** The one argument there may be, checked; undefined without it. */
export function checkedAddress(tokens: Dispenser): string | undefined {
  const args = tokens.remainingArgs()
  if (args.length > 1) throw tokens.argErr()
  const [address] = args
  if (address === undefined) return undefined
  const parts = splitAddress(address)
  if (!parts.ok) throw tokens.plainErr(parts.message)
  return address
}
