// `rewrite` at query time.
import type { Runtime } from '../runtime.ts'
import { rewriteHandler } from './handler.ts'
import type { RewriteConfig } from './rules.ts'

export const rewriteRuntime: Runtime<RewriteConfig> = ({ rules }) => ({
  handler: rewriteHandler(rules, () => false),
})
