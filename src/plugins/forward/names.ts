// Which names a `forward` is for. All threads decide it by the same rule.
import { nameToWire } from '../../dns/name.ts'
import type { Request } from '../../dns/request.ts'
import type { ForwardOptions } from './options.ts'

/** The names of one `forward`. */
export class ForwardNames {
  readonly #from: Uint8Array
  readonly #except: readonly Uint8Array[]

  constructor({ from, except }: Pick<ForwardOptions, 'from' | 'except'>) {
    this.#from = wireName(from)
    this.#except = except.map(wireName)
  }

  /** True if the name is under FROM and not excepted; FROM itself never is (coredns plugin/forward forward.go match). */
  covers(request: Request): boolean {
    if (!request.isBelow(this.#from)) return false
    if (request.nameLength === this.#from.length) return true
    for (const except of this.#except) if (request.isBelow(except)) return false
    return true
  }
}

function wireName(name: string): Uint8Array {
  const wire = nameToWire(name)
  if (wire === undefined) throw new Error(`invalid name ${name}`)
  return wire
}

/** The index of the first `forward` for the name; -1 if there is none. */
export function firstForward(forwards: readonly ForwardNames[], request: Request): number {
  for (let i = 0; i < forwards.length; i++) if (forwards[i]!.covers(request)) return i
  return -1
}
