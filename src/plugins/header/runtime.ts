// `header` at query time: around the answerers behind it on the packet path, and in the chain.
import type { Runtime } from '../runtime.ts'
import { HeaderAnswerer } from './answerer.ts'
import { headerHandler } from './handler.ts'
import type { HeaderConfig } from './setup.ts'

export const headerRuntime: Runtime<HeaderConfig> = ({ query, response }) => ({
  around: (behind) => new HeaderAnswerer(query, response, behind),
  handler: headerHandler(query, response),
})
