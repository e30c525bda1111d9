// `rewrite` at query time: aliases on the packet path, and everything else in the chain.
import type { Runtime } from '../runtime.ts'
import { AliasAnswerer } from './alias-answerer.ts'
import { Aliases, NO_RULE } from './aliases.ts'
import { rewriteHandler } from './handler.ts'
import type { RewriteConfig } from './rules.ts'

export const rewriteRuntime: Runtime<RewriteConfig> = ({ rules }) => {
  const aliases = new Aliases(rules)
  // The chain rewrites all queries: the packet path ends here.
  if (aliases.isEmpty) return { handler: rewriteHandler(rules, () => false) }
  return {
    around: (behind) => new AliasAnswerer(aliases, behind),
    handler: rewriteHandler(rules, (request) => aliases.select(request) === NO_RULE),
  }
}
