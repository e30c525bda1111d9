// Arguments that several directives have: file names, zones (coredns plugin.OriginsFromArgsOrServerBlock, plugin/pkg/fall),
// durations and addresses.
import { isAbsolute, join } from 'node:path'
import type { Dispenser } from '../corefile/dispenser.ts'
import { parseDuration } from '../corefile/duration.ts'
import type { CorefileError } from '../corefile/error.ts'
import { splitAddress } from '../corefile/go-text.ts'
import { zonesOf } from '../corefile/keys.ts'
import type { Controller } from './plugin.ts'

/** The path of a file name in an argument: a relative one begins in the block's `root`. */
export function filePath(name: string, { root = '' }: Controller): string {
  return root === '' || isAbsolute(name) ? name : join(root, name)
}

/** The zones of the arguments; without arguments, those of the block. */
export function zonesFromArguments(
  args: readonly string[],
  controller: Controller,
): readonly string[] {
  return args.length === 0 ? controller.zones : usableZones(args, controller)
}

/** The zones of the arguments of `fallthrough`; without arguments, the root, which covers all names. */
export function fallthroughZones(
  args: readonly string[],
  controller: Controller,
): readonly string[] {
  return args.length === 0 ? ['.'] : usableZones(args, controller)
}

/** The zones of the arguments. An invalid zone is left out with a warning; CoreDNS leaves it out silently. */
export function usableZones(args: readonly string[], controller: Controller): readonly string[] {
  return args.flatMap((arg) => {
    const zones = zonesOf(arg)
    if (zones.ok) return zones.value
    controller.warn(`left out: ${zones.message}`)
    return []
  })
}

/** The milliseconds of a Go duration; throws the error that `fail` creates from Go's text. */
export function durationOr(text: string, fail: (message: string) => CorefileError): number {
  const result = parseDuration(text)
  if (!result.ok) throw fail(result.message)
  return result.ms
}

// The first words are Go's (net.Listen), which CoreDNS reports when it opens the address. Go also knows names of
// services as ports.
function checkPort(port: string, tokens: Dispenser): void {
  if (port === '') return
  if (!/^\d+$/.test(port)) {
    throw tokens.errf(
      `listen tcp: lookup tcp/${port}: unknown port; write a number from 0 to 65535`,
    )
  }
  if (Number(port) > 65_535) {
    throw tokens.errf(`listen tcp: address ${port}: invalid port; write a number from 0 to 65535`)
  }
}

/** The optional single argument, an address ("HOST:PORT"); undefined without it. Throws CorefileError. */
export function checkedAddress(tokens: Dispenser): string | undefined {
  const args = tokens.remainingArgs()
  if (args.length > 1) throw tokens.argErr()
  const [address] = args
  if (address === undefined) return undefined
  const parts = splitAddress(address)
  if (!parts.ok) throw tokens.plainErr(parts.message)
  checkPort(parts.value.port, tokens)
  return address
}
