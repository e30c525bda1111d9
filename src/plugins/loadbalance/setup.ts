// loadbalance: varies the order of the addresses in answers.
//
//   loadbalance [round_robin] {
//     prefer CIDR [CIDR...]
//   }
//   loadbalance weighted FILE {
//     reload DURATION           default: 30s; 0s: never
//   }
import type { Dispenser } from '../../corefile/dispenser.ts'
import { formatDuration } from '../../corefile/duration.ts'
import { CorefileError } from '../../corefile/error.ts'
import { quote } from '../../corefile/go-text.ts'
import { addressText } from '../../dns/address.ts'
import { type Network, parseNetwork } from '../../dns/network.ts'
import { durationOr, filePath } from '../arguments.ts'
import { type Controller, type Plugin, sentenceList } from '../plugin.ts'
import { loadbalanceComponent } from './component.ts'
import { type LoadbalanceConfig, rotatesOnly, type WeightedOptions } from './options.ts'
import { faultText, parseWeights } from './weights.ts'

const DEFAULT_RELOAD_MS = 30_000

type Draft = { -readonly [K in keyof LoadbalanceConfig]: LoadbalanceConfig[K] }

export const loadbalance: Plugin<LoadbalanceConfig> = {
  name: 'loadbalance',
  syntax: 'loadbalance [POLICY] [FILE] { reload DURATION; prefer CIDR [CIDR...] }',

  setup(controller) {
    const { tokens } = controller
    const draft: Draft = { plugin: 'loadbalance', weighted: undefined, prefer: [] }
    while (tokens.next()) {
      readPolicy(draft, controller)
      while (tokens.nextBlock()) readPrefer(draft, controller)
    }
    if (draft.weighted !== undefined) checkFile(draft.weighted, controller)
    return draft
  },

  settings: (config) => (rotatesOnly(config) ? { rotateAddresses: true } : {}),

  describe({ weighted, prefer }) {
    const order =
      weighted === undefined
        ? 'varies the order of addresses in answers'
        : `chooses the first address of answers by the weights of ${weighted.path}, ${reading(weighted)}`
    if (prefer.length === 0) return order
    return `${order}, with addresses in ${sentenceList(prefer.map(textOf))} first`
  },

  component: loadbalanceComponent,
}

function reading({ reloadMs }: WeightedOptions): string {
  return reloadMs === 0
    ? 'which are read once'
    : `and checks the file every ${formatDuration(reloadMs)}`
}

function readPolicy(draft: Draft, controller: Controller): void {
  const { tokens } = controller
  const args = tokens.remainingArgs()
  const [policy] = args
  if (policy === undefined) {
    draft.weighted = undefined
  } else if (policy === 'round_robin') {
    if (args.length > 1) throw tokens.errf(`unknown property for ${policy}`)
    draft.weighted = undefined
  } else if (policy === 'weighted') {
    draft.weighted = readWeighted(args, controller)
    // As in CoreDNS, what stands before it has no effect.
    draft.prefer = []
  } else throw tokens.plainErr(`unknown policy: ${policy}`)
}

function readWeighted(args: readonly string[], controller: Controller): WeightedOptions {
  const { tokens } = controller
  const [, name, ...more] = args
  if (name === undefined) throw tokens.errf('missing weight file argument')
  if (more.length > 0) throw tokens.errf('unexpected argument(s)')
  let reloadMs = DEFAULT_RELOAD_MS
  while (tokens.nextBlock()) {
    if (tokens.val() !== 'reload') throw tokens.unknownErr(`unknown property '${tokens.val()}'`)
    reloadMs = readReload(tokens)
  }
  return { path: filePath(name, controller), reloadMs }
}

function readReload(tokens: Dispenser): number {
  const [text, ...more] = tokens.remainingArgs()
  if (text === undefined) throw tokens.errf('reload duration value is missing')
  if (more.length > 0) throw tokens.errf('unexpected argument')
  const ms = durationOr(text, () => tokens.errf(`invalid reload duration '${text}'`))
  // CoreDNS panics when its timer starts.
  if (ms < 0) throw tokens.errf(`invalid reload duration '${text}'`)
  return ms
}

function readPrefer(draft: Draft, { tokens, warn }: Controller): void {
  if (tokens.val() !== 'prefer') throw tokens.unknownErr(`unknown property '${tokens.val()}'`)
  const { file, line } = tokens.position()
  const networks: Network[] = []
  for (const text of tokens.remainingArgs()) {
    const network = parseNetwork(text)
    if (network === undefined) {
      throw tokens.errf(`invalid CIDR ${quote(text)}: invalid CIDR address: ${text}`)
    }
    networks.push(network)
  }
  if (networks.length === 0) warn(`${file}:${line}: prefer without a network has no effect`)
  draft.prefer = [...draft.prefer, ...networks]
}

/** A file that is missing may come, unless it is read once. */
function checkFile({ path, reloadMs }: WeightedOptions, controller: Controller): void {
  const { tokens, readFile, warn } = controller
  let text: string
  try {
    text = readFile(path)
  } catch {
    const error = 'weight file open error'
    if (reloadMs === 0) throw tokens.plainErr(error)
    warn(`Failed to open weight file:${error}. Will try again in ${formatDuration(reloadMs)}`)
    return
  }
  const weights = parseWeights(text)
  if (!('fault' in weights)) return
  const { fault } = weights
  throw new CorefileError(faultText(fault, path), { ...fault, file: path })
}

function textOf({ bytes, bits }: Network): string {
  return `${addressText(bytes)}/${bits}`
}
