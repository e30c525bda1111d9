// The optional HOST:PORT argument of health, ready and prometheus.
import type { Dispenser } from '../corefile/dispenser.ts'
import { splitAddress } from '../corefile/go-text.ts'

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
