// Kubeconfig files for tests, with each kind of user that the server must understand.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export type KubeconfigUser =
  | { readonly token: string }
  | { readonly tokenFile: string }
  | { readonly certificate: string; readonly key: string }

export interface KubeconfigOptions {
  /** Name of the file, and of its cluster, user and context. */
  readonly name: string
  readonly server: string
  /** PEM text of the CA. */
  readonly ca: string
  readonly user: KubeconfigUser
  /** Certificates and keys in the file itself (base64) rather than in files beside it. */
  readonly inline?: boolean
  readonly namespace?: string
}

/** Writes `<folder>/<name>.kubeconfig` and returns its path. JSON, which every reader takes as YAML. */
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
