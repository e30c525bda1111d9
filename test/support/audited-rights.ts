// Which rights an account used, from the audit log of an API server, and which ones manifests grant to it: both as
// "verb resource.group name", "patch serviceexports/status.multicluster.x-k8s.io".
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KubeObject } from './kube-client.ts'

interface AuditEvent {
  readonly verb: string
  readonly user: { readonly username: string }
  readonly objectRef?: {
    readonly resource: string
    readonly subresource?: string
    readonly apiGroup?: string
    readonly name?: string
  }
  readonly annotations?: Readonly<Record<string, string>>
}

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

/** Records the requests of all ServiceAccounts, reads included, without bodies. */
const POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: Metadata, userGroups: ['system:serviceaccounts']}
- level: None
`

/** The flags of an API server that records the requests of ServiceAccounts, and the path of its log. */
export function recordAccounts(): { readonly args: readonly string[]; readonly log: string } {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'))
  const policy = join(folder, 'policy.yaml')
  const log = join(folder, 'audit.log')
  writeFileSync(policy, POLICY)
  const args = [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`]
  return { args: [...args, '--audit-log-mode=blocking-strict'], log }
}

const show = (verb: string, resource: string, group = '', name = '') =>
  [verb, group === '' ? resource : `${resource}.${group}`, name].join(' ').trimEnd()

/**
 * What an account, "NAMESPACE:NAME", asked of an API server; sorted. A name counts where a rule of `granted` has it.
 * `refused` is what was never allowed: an API server that has just started refuses everything for a moment.
 */
export function usedRights(
  log: string,
  account: string,
  granted: readonly string[],
): { readonly used: readonly string[]; readonly refused: readonly string[] } {
  const text = readFileSync(log, 'utf8')
  const lines = text.slice(0, text.lastIndexOf('\n')).split('\n')
  const used = new Set<string>()
  const asked = new Set<string>()
  for (const line of lines) {
    const { verb, user, objectRef, annotations } = JSON.parse(line) as AuditEvent
    // Without an object: the version and the resources of the API, which everybody may read.
    if (user.username !== `system:serviceaccount:${account}` || objectRef === undefined) continue
    const { resource, subresource, apiGroup, name } = objectRef
    const path = subresource === undefined ? resource : `${resource}/${subresource}`
    const named = show(verb, path, apiGroup, name)
    const right = granted.includes(named) ? named : show(verb, path, apiGroup)
    asked.add(right)
    if (annotations?.['authorization.k8s.io/decision'] === 'allow') used.add(right)
  }
  return { used: [...used].sort(), refused: [...asked.difference(used)].sort() }
}

/** What the Roles and ClusterRoles among the objects grant; sorted. */
export function grantedRights(objects: readonly KubeObject[]): readonly string[] {
  const rules = objects.flatMap(({ rules = [] }) => rules as readonly Rule[])
  const rights = rules.flatMap(({ apiGroups, resources, resourceNames = [''], verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        resourceNames.flatMap((name) => verbs.map((verb) => show(verb, resource, group, name))),
      ),
    ),
  )
  return [...new Set(rights)].sort()
}
