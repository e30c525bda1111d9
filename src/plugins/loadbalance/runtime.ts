// `loadbalance` at query time. The answerers rotate addresses according to the block's `rotateAddresses`.
import type { Runtime } from '../runtime.ts'

export const loadbalanceRuntime: Runtime = () => ({})
