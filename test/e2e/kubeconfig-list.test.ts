// Lists of kubeconfigs are merged as kubectl merges them.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { mergeKubeconfigs } from '../../src/kube/merge-kubeconfigs.ts'
import { describeWithTools } from '../support/e2e.ts'

const run = promisify(execFile)

/** Three files with entries of the same names; `i` rotates them. */
function configs(i: number): readonly object[] {
  const cluster = (name: string, n: number) => {
    const server = `https://${n}.example.com`
    return { name, cluster: { server, 'certificate-authority': `ca-${n}.pem` } }
  }
  const context = (name: string, of: string) => ({ name, context: { cluster: of, user: of } })
  const user = (name: string, n: number) => ({ name, user: { token: `t${n}` } })
  const all = [
    { clusters: [cluster('a', 1)], users: [user('a', 1), user('b', 1)], contexts: [] },
    {
      'current-context': 'two',
      clusters: [cluster('b', 2), cluster('a', 2)],
      users: [user('b', 2)],
      contexts: [context('two', 'b'), context('one', 'b')],
    },
    {
      'current-context': 'one',
      clusters: [cluster('c', 3)],
      users: [user('c', 3), user('a', 3)],
      contexts: [context('one', 'a')],
    },
  ]
  return [...all.slice(i), ...all.slice(0, i)]
}

interface Kubeconfig {
  readonly clusters: readonly {
    readonly name: string
    readonly cluster: Readonly<Record<string, string>>
  }[]
}

describeWithTools('a list of kubeconfigs', ({ kubectl }) => {
  test.each([0, 1, 2])(
    'is merged as kubectl does: order %i',
    async (i) => {
      const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-list-'))
      onTestFinished(() => rm(folder, { recursive: true }))
      const read = configs(i).map((fields, n) => {
        return { file: join(folder, `${n}`, 'config'), fields: { ...fields } }
      })
      for (const [n, { file, fields }] of read.entries()) {
        await mkdir(dirname(file))
        await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...fields }))
        // Each folder has files of the same names with contents of its own.
        for (const ca of [1, 2, 3])
          await writeFile(join(dirname(file), `ca-${ca}.pem`), `${n} ${ca}`)
      }
      const list = [...read.map(({ file }) => file), join(folder, 'missing')].join(':')
      const view = ['config', 'view', '--raw', '--flatten', '-o', 'json']
      const { stdout } = await run(kubectl, view, { env: { KUBECONFIG: list } })
      const wanted = JSON.parse(stdout) as Kubeconfig
      const merged = mergeKubeconfigs(read) as unknown as Kubeconfig
      const sorted = (entries: readonly { readonly name: string }[]) =>
        [...entries].sort((a, b) => a.name.localeCompare(b.name))
      const { clusters, ...rest } = merged
      // --flatten embeds the files, which also holds the folders to those of kubectl.
      const embedded = clusters.map(({ name, cluster }) => {
        const [, n, ca] = /(\d)\/ca-(\d)\.pem$/.exec(cluster['certificate-authority'] ?? '') ?? []
        const data = Buffer.from(`${n} ${ca}`).toString('base64')
        return { name, cluster: { server: cluster.server, 'certificate-authority-data': data } }
      })
      expect({
        ...Object.fromEntries(
          Object.entries(rest).map(([name, value]) => {
            return [name, Array.isArray(value) ? sorted(value) : value]
          }),
        ),
        clusters: sorted(embedded),
      }).toEqual({
        ...wanted,
        apiVersion: undefined,
        kind: undefined,
        preferences: undefined,
      })
    },
    30_000,
  )
})
