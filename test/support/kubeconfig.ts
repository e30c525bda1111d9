// Writes kubeconfig files for tests, with every kind of user that the server supports.
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

/** Writes `<folder>/<name>.kubeconfig` as JSON, which is valid YAML; returns its path. */
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
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [
      {
        name,
        cluster: {
          server: options.server,
          ...(await fileOrData('certificate-authority', options.ca)),
        },
      },
    ],
    users: [{ name, user: credentials }],
    contexts: [
      {
        name,
        context: {
          cluster: name,
          user: name,
          ...(options.namespace !== undefined && { namespace: options.namespace }),
        },
      },
    ],
  }
  const path = join(folder, `${name}.kubeconfig`)
  await writeFile(path, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 })
  return path
}
