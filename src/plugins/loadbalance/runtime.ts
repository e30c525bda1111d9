// `loadbalance` at query time. Without weights and preferred networks, the answerers rotate addresses themselves according to
// the block's `rotateAddresses`.
import type { Runtime } from '../runtime.ts'
import { AddressOrder } from './address-order.ts'
import { OrderAnswerer } from './answerer.ts'
import type { LoadbalanceShared } from './component.ts'
import { orderHandler } from './handler.ts'
import { type LoadbalanceConfig, rotatesOnly } from './options.ts'
import { Preference } from './preference.ts'
import { ReplyOrder } from './reply-order.ts'
import { WeightsReader } from './weights-memory.ts'

export const loadbalanceRuntime: Runtime<LoadbalanceConfig, LoadbalanceShared> = (
  config,
  { shared, block },
) => {
  if (rotatesOnly(config)) return {}
  const { weighted, prefer } = config
  const order = new AddressOrder({
    weights: weighted && new WeightsReader(shared[block]!),
    preference: prefer.length === 0 ? undefined : new Preference(prefer),
    random: Math.random,
  })
  const replies = new ReplyOrder(order)
  return {
    around: (behind) => new OrderAnswerer(replies, behind),
    handler: orderHandler(order),
  }
}
