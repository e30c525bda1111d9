// `rewrite` at query time: aliases on the packet path, and everything else in the chain.
import type { Request } from '../../dns/request.ts'
import type { Labels, Link, Runtime } from '../runtime.ts'
import { AliasAnswerer } from './alias-answerer.ts'
import { Aliases, NO_RULE } from './aliases.ts'
import { rewriteHandler } from './handler.ts'
import type { RewriteConfig } from './rules.ts'

export const rewriteRuntime: Runtime<RewriteConfig> = ({ rules }, { settings }) => {
  const aliases = new Aliases(rules)
  let labels: Labels | undefined
  const labelOf = (name: string) => labels?.label(name)
  const connect = (links: ReadonlyMap<string, Link>) => {
    labels = links.get('metadata')?.labels
  }
  const { servesOtherClasses = false } = settings
  const handler = (hasPassed: (request: Request) => boolean) =>
    rewriteHandler(rules, hasPassed, labelOf, servesOtherClasses)
  // The chain rewrites all queries: the packet path ends here.
  if (aliases.isEmpty) return { connect, handler: handler(() => false) }
  return {
    connect,
    around: (behind) => new AliasAnswerer(aliases, behind),
    handler: handler((request) => aliases.select(request) === NO_RULE),
  }
}
