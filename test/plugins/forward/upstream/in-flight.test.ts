// The slots of questions, and the attempts of slots, against simple models.
import { describe, expect, test } from 'vitest'
import {
  Datagrams,
  NO_ATTEMPT,
  slotOf,
} from '../../../../src/plugins/forward/upstream/datagrams.ts'
import { InFlight, NO_SLOT } from '../../../../src/plugins/forward/upstream/in-flight.ts'
import { QUERY_MAX } from '../../../../src/plugins/forward/upstream/query.ts'
import { encodeQuery } from '../../../support/dns-encode.ts'
import { createRandom } from '../../../support/random.ts'

const SLOTS = 32

interface Held {
  readonly key: string
  readonly slot: number
}

describe.each([1, 2, 3])('random questions come and go (seed %i)', (seed) => {
  test('each is found by its query and group, in any case, and the oldest is known', () => {
    const random = createRandom(seed)
    const inFlight = new InFlight(SLOTS, [seed, 7])
    const query = new Uint8Array(QUERY_MAX)
    let held: Held[] = []
    for (let step = 0; step < 5000; step++) {
      const name = `${random.pick(['a', 'bb', 'A', 'Bb'])}${random.int(30)}.example.org`
      const type = random.pick(['A', 'AAAA'])
      const group = random.int(3)
      const bytes = encodeQuery({ name, type, id: 0 })
      query.set(bytes)
      const key = `${group} ${name.toLowerCase()} ${type}`
      const nameLength = name.length + 2
      const slot = inFlight.find(group, query, bytes.length, nameLength)
      expect(slot).toBe(held.find((one) => one.key === key)?.slot ?? NO_SLOT)
      if (slot === NO_SLOT && !inFlight.isFull && random.chance(70)) {
        const added = inFlight.add(group, query, bytes.length, nameLength)
        expect(held.map((one) => one.slot)).not.toContain(added)
        expect([inFlight.length(added), inFlight.nameLength(added)]).toEqual([
          bytes.length,
          nameLength,
        ])
        held.push({ key, slot: added })
      } else if (held.length > 0 && random.chance(50)) {
        const gone = random.pick(held)
        inFlight.remove(gone.slot)
        held = held.filter((one) => one !== gone)
      }
      expect([inFlight.size, inFlight.isFull]).toEqual([held.length, held.length === SLOTS])
      expect(inFlight.oldest).toBe(held[0]?.slot ?? NO_SLOT)
    }
  })

  test('their attempts are found by socket and id, and counted by socket', () => {
    const random = createRandom(seed)
    const sockets = 5
    const datagrams = new Datagrams(SLOTS, sockets)
    const model = new Map<number, { readonly socket: number; readonly id: number }>()
    for (let step = 0; step < 5000; step++) {
      const attempt = random.int(SLOTS * 4)
      const socket = random.int(sockets)
      const id = random.int(50)
      const known = [...model].find(([, one]) => one.socket === socket && one.id === id)?.[0]
      expect(datagrams.find(socket, id)).toBe(known ?? NO_ATTEMPT)
      if (model.has(attempt)) {
        datagrams.remove(attempt)
        model.delete(attempt)
      } else if (known === undefined) {
        datagrams.add(attempt, socket, id)
        model.set(attempt, { socket, id })
      }
      expect(datagrams.socketOf(attempt)).toBe(model.get(attempt)?.socket ?? NO_ATTEMPT)
      const ofSocket = [...model].filter(([, one]) => one.socket === socket).map(([a]) => a)
      expect(datagrams.count(socket)).toBe(ofSocket.length)
      const first = datagrams.first(socket)
      expect(ofSocket.length === 0 ? first === NO_ATTEMPT : ofSocket.includes(first)).toBe(true)
    }
  })
})

test('an attempt belongs to the slot of its number', () => {
  expect([0, 3, 4, 127].map(slotOf)).toEqual([0, 0, 1, 31])
})
