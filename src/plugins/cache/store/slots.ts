// The slots of a store's index. Only the holder of the store's lock may call what changes them.
import { hasKey } from './entry.ts'
import type { CacheKey } from './key.ts'
import {
  COUNT,
  ENTRY_ID,
  ENTRY_SLOT,
  ENTRY_UNITS,
  LAST_ID,
  LIVE_UNITS,
  REFRESH_HITS,
  REFRESH_NOT_BEFORE,
  REFRESH_WORDS,
  type StoreMemory,
  UNIT_WORDS,
  WINDOW,
} from './layout.ts'

export class Slots {
  readonly #memory: StoreMemory
  readonly #mask: number

  constructor(memory: StoreMemory) {
    this.#memory = memory
    this.#mask = memory.tags.length - 1
  }

  /** The slot of `key`; -1 if it has none. */
  of(key: CacheKey): number {
    const { tags, slots, words } = this.#memory
    for (let i = 0; i < WINDOW; i++) {
      const slot = (key.hash + i) & this.#mask
      if (tags[slot] !== key.hash || slots[2 * slot] === 0) continue
      if (hasKey(words, slots[2 * slot + 1]! * UNIT_WORDS, key)) return slot
    }
    return -1
  }

  /** The slot of `key`, a free one of its window, or else that of the window's oldest entry: it is ready for a new entry. */
  for(key: CacheKey): number {
    const { slots, refresh, used } = this.#memory
    const same = this.of(key)
    if (same >= 0) {
      const at = same * REFRESH_WORDS
      // A prefetched entry keeps its hits (coredns plugin/cache doPrefetch).
      if (refresh[at + REFRESH_NOT_BEFORE] === 0) refresh[at + REFRESH_HITS] = 0
      Atomics.store(refresh, at + REFRESH_NOT_BEFORE, 0)
      return same
    }
    let chosen = -1
    for (let i = 0; i < WINDOW; i++) {
      const slot = (key.hash + i) & this.#mask
      const id = slots[2 * slot]!
      if (id === 0) {
        chosen = slot
        break
      }
      if (chosen < 0 || ((id - slots[2 * chosen]!) | 0) < 0) chosen = slot
    }
    refresh.fill(0, chosen * REFRESH_WORDS, (chosen + 1) * REFRESH_WORDS)
    used[chosen] = 0
    return chosen
  }

  /** True if the slot names an entry. */
  isTaken(slot: number): boolean {
    return this.#memory.slots[2 * slot] !== 0
  }

  /** An id that no entry has. */
  nextId(): number {
    const { control } = this.#memory
    control[LAST_ID] = (control[LAST_ID]! + 1) | 0 || 1
    return control[LAST_ID]
  }

  /** Makes the slot name the entry at `unit`, which is written completely. */
  publish(slot: number, hash: number, unit: number): void {
    const { slots, tags, control, words } = this.#memory
    if (this.isTaken(slot)) this.free(slot)
    slots[2 * slot + 1] = unit
    tags[slot] = hash
    control[COUNT]!++
    control[LIVE_UNITS]! += words[unit * UNIT_WORDS + ENTRY_UNITS]!
    Atomics.store(slots, 2 * slot, words[unit * UNIT_WORDS + ENTRY_ID]!)
  }

  /** Frees a slot. The exchange is a full barrier: nobody uses the old entry when its memory is written again. */
  free(slot: number): void {
    const { slots, control, words } = this.#memory
    Atomics.exchange(slots, 2 * slot, 0)
    control[COUNT]!--
    control[LIVE_UNITS]! -= words[slots[2 * slot + 1]! * UNIT_WORDS + ENTRY_UNITS]!
  }

  /** True if a slot names the entry at word `at`. */
  isLive(at: number): boolean {
    const { words, slots } = this.#memory
    return slots[2 * words[at + ENTRY_SLOT]!] === words[at + ENTRY_ID]
  }

  /** Frees all slots. */
  clear(): void {
    const { slots, tags, control } = this.#memory
    for (let slot = 0; slot < tags.length; slot++) Atomics.store(slots, 2 * slot, 0)
    tags.fill(0)
    control[COUNT] = 0
    control[LIVE_UNITS] = 0
  }
}
