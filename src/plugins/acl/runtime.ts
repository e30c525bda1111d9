// `acl` at query time.
import type { Runtime } from '../runtime.ts'
import { Access } from './access.ts'
import { AclAnswerer } from './answerer.ts'
import type { AclShared } from './component.ts'
import { aclHandler } from './handler.ts'
import type { AclConfig } from './options.ts'
import { AccessRules } from './rules.ts'

/** The tables of this thread: a long list takes time and memory, so all listeners of a block have the same. */
const compiled = new WeakMap<AclConfig, AccessRules>()

export const aclRuntime: Runtime<AclConfig, AclShared> = (config, context) => {
  const { block, listener, shared, counters } = context
  const rules = compiled.get(config) ?? new AccessRules(config.rules)
  compiled.set(config, rules)
  // A block that has no zone at the listener gets no queries there.
  const access = new Access(rules, counters, shared[listener]?.[block] ?? {})
  let isOnPath = false
  return {
    around(behind) {
      isOnPath = true
      return new AclAnswerer(access, behind)
    },
    handler: aclHandler(access, () => isOnPath),
  }
}
