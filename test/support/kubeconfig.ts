// Kubeconfigs for tests: their text, and files with every kind of user that the server supports.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export type KubeconfigUser =
  | { readonly token: string }
  | { readonly tokenFile: string }
  | { readonly certificate: string; readonly key: string }

interface KubeconfigOptions {
  /** Base name of the file, and the name of its cluster, user and context. */
  readonly name: string
  readonly server: string
  /** PEM text of the CA. */
  readonly ca: string
  readonly user: KubeconfigUser
  /** Embeds certificates and keys as base64 instead of writing them to files. */
  readonly inline?: boolean
  readonly namespace?: string
}

/** The text of a kubeconfig with one cluster, user and context, each called `name`; it is JSON, which is valid YAML. */
export function kubeconfigText(cluster: object, user = {}, name = 'one', context = {}): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, ...context } }],
  })
}

/** Writes `<folder>/<name>.kubeconfig`; returns its path. */
export async function writeKubeconfig(folder: string, options: KubeconfigOptions): Promise<string> {
  const { name, inline = false, user } = options
  await mkdir(folder, { recursive: true })
  const fileOrData = async (field: string, text: string) => {
    if (inline) return { [`${field}-data`]: Buffer.from(text).toString('base64') }
    const path = join(folder, `${name}-${field}.pem`)
    await writeFile(path, text, { mode: 0o600 })
    return { [field]: path }
  }
  const credentials =
    'certificate' in user
      ? {
          ...(await fileOrData('client-certificate', user.certificate)),
          ...(await fileOrData('client-key', user.key)),
        }
      : user
  const cluster = {
    server: options.server,
    ...(await fileOrData('certificate-authority', options.ca)),
  }
  const context = options.namespace === undefined ? {} : { namespace: options.namespace }
  const path = join(folder, `${name}.kubeconfig`)
  await writeFile(path, `${kubeconfigText(cluster, credentials, name, context)}\n`, { mode: 0o600 })
  return path
}
