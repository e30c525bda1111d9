// cache: remembers the replies of upstreams.
//
//   cache [TTL] [ZONES...] {
//     success CAPACITY [TTL] [MINTTL]
//     denial CAPACITY [TTL] [MINTTL]
//     prefetch AMOUNT [DURATION] [PERCENTAGE]
//     serve_stale [DURATION] [immediate [RESPONSETTL [RECHECK]] | verify [TIMEOUT [RESPONSETTL [RECHECK]]]]
//     serve_stale_policy prefer_positive
//     servfail DURATION
//     disable success|denial [ZONES...]
//     keepttl
//   }
import { atoi } from '../../corefile/go-text.ts'
import { isSubdomain } from '../../dns/name.ts'
import { zonesFromArguments } from '../arguments.ts'
import { nextOnce, type Plugin } from '../plugin.ts'
import { cacheComponent } from './component.ts'
import { CACHE_COUNTERS } from './counters.ts'
import { describeCache } from './describe.ts'
import { type CacheConfig, maxTtlOf, newCacheDraft, readCacheOption } from './options.ts'

export const cache: Plugin<CacheConfig> = {
  name: 'cache',
  syntax:
    'cache [TTL] [ZONES...] { success CAPACITY [TTL] [MINTTL]; denial CAPACITY [TTL] [MINTTL]; ' +
    'prefetch AMOUNT [DURATION] [PERCENTAGE]; ' +
    'serve_stale [DURATION] [immediate] [RESPONSETTL] [RECHECK]; ' +
    'serve_stale [DURATION] [verify] [TIMEOUT] [RESPONSETTL] [RECHECK]; ' +
    'serve_stale_policy prefer_positive; servfail DURATION; disable success|denial [ZONES...]; keepttl }',

  setup(controller) {
    const { tokens } = controller
    const times = { count: 0 }
    const draft = newCacheDraft()
    let zones: readonly string[] = []
    while (nextOnce(tokens, times)) {
      const args = tokens.remainingArgs()
      const ttl = args[0] === undefined ? undefined : atoi(args[0])
      if (ttl?.ok) {
        draft.success.maxTtl = maxTtlOf(ttl.value, tokens)
        draft.denial.maxTtl = draft.success.maxTtl
        args.shift()
      }
      zones = zonesFromArguments(args, controller)
      while (tokens.nextBlock()) readCacheOption(draft, controller)
      if (draft.preferPositive && draft.stale === undefined) {
        throw tokens.plainErr('serve_stale_policy requires serve_stale')
      }
    }
    const { preferPositive, prefetch, stale, ...rest } = draft
    return {
      plugin: 'cache',
      ...rest,
      zones,
      everyName: controller.zones.every((name) => zones.some((zone) => isSubdomain(name, zone))),
      ...(prefetch === undefined || prefetch.amount === 0 ? {} : { prefetch }),
      ...(stale === undefined || stale.seconds === 0
        ? {}
        : { stale: { ...stale, preferPositive } }),
    }
  },

  describe: describeCache,

  zones: ({ zones }) => zones,

  component: cacheComponent,
  counters: CACHE_COUNTERS,
}
