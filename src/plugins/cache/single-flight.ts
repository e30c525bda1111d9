// Calls for the same thing at the same time become one.
import { FLAG_AD, FLAG_CD, FLAG_DO, FLAG_RD } from '../../dns/codes.ts'
import type { Query } from '../chain.ts'

/** Results that somebody waits for. */
export class SingleFlight<T> {
  readonly #waiting = new Map<string, Promise<T>>()

  /** The result of `start`, or of the call with the same key that has not ended yet. */
  run(key: string, start: () => Promise<T>): Promise<T> {
    const waiting = this.#waiting.get(key)
    if (waiting !== undefined) return waiting
    const result = start().finally(() => this.#waiting.delete(key))
    this.#waiting.set(key, result)
    return result
  }
}

/**
 * Questions with the same key get the same reply from an upstream. The protocol and the size of OPT count: they decide
 * whether the reply is truncated. AD counts: clients get AD only if they ask for it.
 */
export function questionKey({ request, client }: Pick<Query, 'request' | 'client'>): string {
  const { name, nameLength, type, class: cls, flags, optFlags, hasOpt, optSize } = request
  const text = Buffer.from(name.buffer, name.byteOffset, nameLength).toString('latin1')
  const answerFlags = flags & (FLAG_AD | FLAG_CD | FLAG_RD)
  const room = `${client.protocol} ${hasOpt ? optSize : 'none'}`
  return `${room} ${type} ${cls} ${answerFlags} ${optFlags & FLAG_DO} ${text}`
}
