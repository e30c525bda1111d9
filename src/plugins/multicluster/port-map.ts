// A map from the ports of a Service. A Service may name 20,000 of them, so no text is made for a key.
import type { ServicePort } from '../../sources/objects.ts'

/** Ports with one name and protocol are one port: a part of them would answer with a part of the endpoints. */
export class PortMap<T> {
  /** By protocol, then by name; a port without a name is known by its number. */
  readonly #values = new Map<string, Map<string | number, T>>()
  #size = 0

  /** The number of different ports. */
  get size(): number {
    return this.#size
  }

  get({ name, protocol, port }: ServicePort): T | undefined {
    return this.#values.get(protocol)?.get(name === '' ? port : name)
  }

  has({ name, protocol, port }: ServicePort): boolean {
    return this.#values.get(protocol)?.has(name === '' ? port : name) ?? false
  }

  set({ name, protocol, port }: ServicePort, value: T): void {
    const known = this.#values.get(protocol)
    const values = known ?? new Map<string | number, T>()
    if (known === undefined) this.#values.set(protocol, values)
    this.#size -= values.size
    values.set(name === '' ? port : name, value)
    this.#size += values.size
  }
}
