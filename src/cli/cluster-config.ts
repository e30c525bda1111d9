// The clusters that the flags of a command select: those of the fleet's configuration, or contexts of a kubeconfig.
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { CodedError, errorText } from '../errors.ts'
import { ID_RULE } from '../fleet/api/names.ts'
import {
  defaultSettings,
  type FleetConfig,
  type MemberSpec,
  parseFleetConfig,
} from '../fleet/config.ts'
import { isDnsLabel } from '../kube/fields.ts'
import type { KubeconfigSpec } from '../kube/kubeconfig.ts'
import { type OptionValues, usageError } from './parse-options.ts'
import type { clusterFlags } from './shared-flags.ts'

/** Values of `clusterFlags`. */
export type ClusterValues = OptionValues<typeof clusterFlags>

/** The configuration that the flags select. Throws FlagError, or CodedError FLEET_CONFIG. */
export function clusterConfig(values: ClusterValues): FleetConfig {
  return values.config === undefined ? quickStart(values) : fromFile(values)
}

function fromFile({ config: file = '', contexts, kubeconfig }: ClusterValues): FleetConfig {
  if (contexts !== undefined || kubeconfig !== undefined) {
    throw usageError('use either --config, or --kubeconfig and --contexts, not both')
  }
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const why = errorText(error)
    throw new CodedError('FLEET_CONFIG', `${file}: cannot be read: ${why}`)
  }
  return parseFleetConfig(file, text, dirname(resolve(file)))
}

function quickStart({ contexts = '', kubeconfig }: ClusterValues): FleetConfig {
  const files = kubeconfigsOf(kubeconfig)
  const members = contexts
    .split(',')
    .filter((one) => one !== '')
    .map((one): MemberSpec => {
      // Names of contexts may contain "=".
      const [, id = one, context = one] = /^([^=]*)=(.*)$/s.exec(one) ?? []
      if (!isDnsLabel(id)) {
        throw usageError(`context "${one}" gives the id "${id}", ${ID_RULE}: use ID=CONTEXT`)
      }
      if (context === '') throw usageError(`"${one}" names no context: use ID=CONTEXT`)
      return { id, spec: { kind: 'kubeconfig', ...files, context } }
    })
  if (members.length === 0) {
    throw usageError('no member clusters given: use --config FILE or --contexts A,B')
  }
  const duplicate = members.find(({ id }, i) => members.findIndex((other) => other.id === id) !== i)
  if (duplicate !== undefined) throw usageError(`two members have the id "${duplicate.id}"`)
  return { ...defaultSettings, members, hub: members[0]?.spec }
}

/**
 * The kubeconfigs that kubectl would read: the file of --kubeconfig, those that $KUBECONFIG lists, or ~/.kube/config. A list
 * has each file once.
 */
export function kubeconfigsOf(given: string | undefined): Pick<KubeconfigSpec, 'file' | 'more'> {
  if (given) return { file: resolve(given) }
  const listed = (process.env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '')
  const [file = join(homedir(), '.kube', 'config'), ...more] = new Set(
    listed.map((one) => resolve(one)),
  )
  return more.length === 0 ? { file } : { file, more }
}
