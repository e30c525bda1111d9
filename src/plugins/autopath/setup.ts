// autopath: answers for a name below the first search domain of a client with what the client would find at the end of
// its search.
//
//   autopath [ZONES...] FILE|@PLUGIN
import { quote } from '../../corefile/go-text.ts'
import { escapedNameToWire } from '../../dns/name.ts'
import { errorText } from '../../errors.ts'
import { zonesFromArguments } from '../arguments.ts'
import { type Controller, type Plugin, sentenceList } from '../plugin.ts'
import { serverCounter } from '../server-counter.ts'
import { SERVER_COUNTERS } from '../server-counts.ts'
import type { AutopathConfig } from './options.ts'
import { searchDomains } from './search-domains.ts'

/** The file with the search domains of the machine, which follow those of a plugin. */
const MACHINE = '/etc/resolv.conf'

export const autopath: Plugin<AutopathConfig> = {
  name: 'autopath',
  syntax: 'autopath [ZONES...] FILE|@PLUGIN',

  setup(controller) {
    const { tokens } = controller
    let zones: readonly string[] = []
    let from: string | undefined
    let search: readonly string[] = []
    while (tokens.next()) {
      const args = tokens.remainingArgs()
      const resolv = args.pop()
      if (resolv === undefined) throw tokens.plainErr('no resolv-conf specified')
      if (resolv.startsWith('@')) from = resolv.slice(1)
      else search = fileDomains(resolv, controller)
      zones = zonesFromArguments(args, controller)
    }
    // CoreDNS asks the plugin as soon as one line names it.
    if (from === undefined) return { plugin: 'autopath', zones, search }
    return { plugin: 'autopath', zones, from, search: machineDomains(controller) }
  },

  checkBlock({ from }, { tokens, parts, warn }) {
    if (from === undefined) return
    const part = parts.get(from)
    if (part === undefined) {
      return warn(`@${from} has no effect: the block has no directive ${from}`)
    }
    const { plugin, config } = part
    if (plugin.noSearchLists === undefined) {
      throw tokens.plainErr(`${from} does not implement the AutoPather interface`)
    }
    const why = plugin.noSearchLists(config)
    if (why !== undefined) warn(`@${from} has no effect: ${why}`)
  },

  describe({ from, search }) {
    if (from === undefined) {
      if (search.length === 0) return 'has no search domain, and so no effect'
      const [first, ...others] = search
      return `answers for a name that is not in ${first} with what the search finds in ${sentenceList([...others, 'the root'])}`
    }
    const machine = search.length === 0 ? '' : `, then ${sentenceList(search)}`
    return `answers for a name that is not in the first search domain of its client with what the search finds; ${from} knows the domains${machine}`
  },

  zones: ({ zones }) => zones,

  component: serverCounter(
    'autopath',
    'coredns_autopath_success_total',
    'Queries whose answer is that of another name of the search list.',
  ),

  counters: SERVER_COUNTERS,
}

/** The usable domains of the file that an argument names. */
function fileDomains(path: string, controller: Controller): readonly string[] {
  const domains = usable(read(path, controller), controller)
  if (domains.length === 0) controller.warn(`${path} has no effect: it has no search domain`)
  return domains
}

function read(path: string, { readFile, tokens }: Controller): string {
  try {
    return readFile(path)
  } catch (error) {
    throw tokens.plainErr(`failed to parse ${quote(path)}: ${errorText(error)}`)
  }
}

/** Without the file the machine has no domains. */
function machineDomains(controller: Controller): readonly string[] {
  try {
    return usable(controller.readFile(MACHINE), controller)
  } catch {
    return []
  }
}

function usable(text: string, { warn }: Controller): readonly string[] {
  return searchDomains(text).filter((domain) => {
    const isName = escapedNameToWire(domain) !== undefined
    if (!isName) warn(`left out: the search domain ${quote(domain)} is no domain name`)
    return isName
  })
}
