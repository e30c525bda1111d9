// The Services and namespaces of a store as the content of an answer table, within the limits of each Service and
// namespace. An owner is a namespace ("namespace") or a Service ("namespace/name").
import type { StoreChange, StoreReader } from '../../sources/source.ts'
import type { CompiledName } from '../../zone/compiled.ts'
import { pageShape } from '../../zone/page-shape.ts'
import type { TableWriter } from '../../zone/table-writer.ts'
import type { LeftOut, Limited } from './limits.ts'
import { NamespaceUsage } from './namespace-usage.ts'
import type { Content, OwnersChanged, Published } from './publish.ts'
import type { ServiceLimits } from './size-estimate.ts'

/** One kind of Services: how they are read and compiled. */
export interface ServiceKind<View> {
  /** The keys of all Services. */
  keys(): Iterable<string>
  /** The Services among the changes. */
  changed(change: StoreChange): ReadonlySet<string>
  /** The objects of a Service; undefined when it does not exist. */
  read(key: string): View | undefined
  /** Leaves out what exceeds the limits, with `bytes` for the whole Service. */
  limit(view: View, bytes: number): Limited<View>
  compile(view: View): Generator<void, CompiledName[]>
  compileNamespace(name: string): CompiledName[]
}

interface ServicesOptions<View> {
  readonly store: StoreReader
  readonly table: TableWriter
  readonly limits: ServiceLimits
  readonly kind: ServiceKind<View>
  /** Called with each change before its owners are published. */
  readonly onChange?: (change: StoreChange) => void
  /**
   * Called for each Service "namespace/name" when its names are in the table: what has answers, and what its limits leave
   * out.
   */
  readonly onPublished: (
    service: string,
    view: View | undefined,
    leftOut: LeftOut | undefined,
  ) => void
  /** Called after `onPublished`: what follows the Service, in steps. Returns other owners that should be published. */
  readonly follow?: (service: string, view: View | undefined) => Generator<void, readonly string[]>
}

/** What is compiled of a Service. */
interface Compiled<View> {
  readonly names: readonly CompiledName[]
  /** Undefined when the Service does not exist. */
  readonly view: View | undefined
  readonly leftOut: LeftOut | undefined
  /** The limit in bytes with which it was compiled. */
  readonly bytes: number
}

/** The Services of one kind, and the namespaces, of a store. */
export class ServicesContent<View> implements Content {
  readonly #options: ServicesOptions<View>
  readonly #usage: NamespaceUsage

  constructor(options: ServicesOptions<View>) {
    this.#options = options
    this.#usage = new NamespaceUsage(options.limits.namespaceBytes)
  }

  get synced(): boolean {
    return this.#options.store.synced
  }

  *owners(): Iterable<string> {
    yield* this.#options.store.namespaces()
    yield* this.#options.kind.keys()
  }

  subscribe(listener: OwnersChanged): () => void {
    const { store, kind, onChange } = this.#options
    return store.subscribe((change) => {
      onChange?.(change)
      listener([...change.namespaces, ...kind.changed(change)], change.receivedAt)
    })
  }

  *publish(owner: string): Generator<void, Published> {
    return owner.includes('/') ? yield* this.#publishService(owner) : this.#publishNamespace(owner)
  }

  #publishNamespace(name: string): Published {
    const { store, table, kind } = this.#options
    const names = store.hasNamespace(name) ? kind.compileNamespace(name) : []
    return { isChanged: table.replace(name, names) }
  }

  *#publishService(key: string): Generator<void, Published> {
    const { table, onPublished, follow } = this.#options
    const before = table.bytesOf(key)
    const compiled = yield* this.#compileInto(key, this.#usage.room(key, before))
    const { names, view, leftOut, bytes } = compiled
    const isChanged = table.replace(key, names)
    onPublished(key, view, leftOut)
    const shortenedTo = leftOut?.exceeded.includes('namespaceBytes') ? bytes : undefined
    const next = this.#usage.update(key, table.bytesOf(key) - before, shortenedTo)
    const followers = follow === undefined ? [] : yield* follow(key, view)
    return { isChanged, next: next === undefined ? followers : [next, ...followers] }
  }

  /**
   * Compiles a Service whose namespace has `room` bytes for it. The size is estimated from above, so what is compiled
   * with a greater limit may fit: the whole Service, or as much of it as it has at present.
   */
  *#compileInto(key: string, room: number): Generator<void, Compiled<View>> {
    const { kind, limits } = this.#options
    const whole = kind.read(key)
    let compiled = yield* this.#compile(whole, limits.bytes)
    if (!fits(compiled, room)) {
      compiled = yield* this.#compile(whole, Math.max(this.#usage.shortenedTo(key) ?? 0, room))
      if (!fits(compiled, room)) compiled = yield* this.#compile(whole, room)
    }
    return compiled
  }

  *#compile(whole: View | undefined, bytes: number): Generator<void, Compiled<View>> {
    if (whole === undefined) return { names: [], view: undefined, leftOut: undefined, bytes }
    const { kind } = this.#options
    const { view, leftOut } = kind.limit(whole, bytes)
    return { names: yield* kind.compile(view), view, leftOut, bytes }
  }
}

/** Without a look at the names where the limit says enough. */
function fits({ names, bytes }: Pick<Compiled<unknown>, 'names' | 'bytes'>, room: number): boolean {
  return bytes <= room || 4 * pageShape(names).words <= room
}
