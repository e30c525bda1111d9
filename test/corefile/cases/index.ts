// All tables of Corefiles by theme.
import { acl } from './acl.ts'
import { auto } from './auto.ts'
import type { Case } from './case.ts'
import { file } from './file.ts'
import { grammar } from './grammar.ts'
import { hosts } from './hosts.ts'
import { imports } from './imports.ts'
import { keys } from './keys.ts'
import { kubernetes } from './kubernetes.ts'
import { listeners } from './listeners.ts'
import { forwardPlugins } from './plugins-forward.ts'
import { httpPlugins } from './plugins-http.ts'
import { logPlugins } from './plugins-logs.ts'
import { otherPlugins } from './plugins-other.ts'
import { searchPlugins } from './plugins-search.ts'
import { smallPlugins } from './plugins-small.ts'
import { template } from './template.ts'
import { unsupported } from './unsupported.ts'
import { variables } from './variables.ts'

export const tables: Readonly<Record<string, readonly Case[]>> = {
  grammar,
  imports,
  variables,
  keys,
  listeners,
  'errors and log': logPlugins,
  'health, ready and prometheus': httpPlugins,
  'other plugins': otherPlugins,
  'small plugins': smallPlugins,
  'forward and loop': forwardPlugins,
  acl,
  auto,
  file,
  hosts,
  'autopath, dns64 and metadata': searchPlugins,
  kubernetes,
  template,
  'known to CoreDNS, not yet supported here': unsupported,
}
