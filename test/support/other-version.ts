// The build with another version number, as a replica of it runs during a rollout.
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { CLI } from './build.ts'

export interface OtherVersion {
  /** Its program. */
  readonly program: string
  readonly remove: () => Promise<void>
}

/** Copies the build, with `version` in its package.json. */
export async function buildOfVersion(version: string): Promise<OtherVersion> {
  const dist = dirname(CLI)
  const root = dirname(dist)
  const folder = await mkdtemp(join(tmpdir(), 'version-'))
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as object
  await cp(dist, join(folder, 'dist'), { recursive: true })
  await writeFile(join(folder, 'package.json'), JSON.stringify({ ...manifest, version }))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  const remove = () => rm(folder, { recursive: true, force: true })
  return { program: join(folder, 'dist/cli.js'), remove }
}
