// `loadbalance` at query time: answerers rotate addresses by the block's `rotateAddresses`.
import type { Runtime } from '../runtime.ts'

export const loadbalanceRuntime: Runtime = () => ({})
