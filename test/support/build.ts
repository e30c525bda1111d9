// The build that tests run: the program as users have it. Its start takes a fifth of the CPU time that the sources take.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The program of the build. */
export const CLI = `${root}dist/cli.js`

/** Bundles `src` into `dist`, unless that is newer than all that it is made of. Throws when the bundler fails. */
export function ensureBuild(): void {
  const sources = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
  const made = [
    ...sources.map((file) => `src/${file}`),
    'scripts/bundle.mjs',
    'scripts/page.mjs',
    'package-lock.json',
  ]
  const newest = Math.max(...made.map((file) => statSync(root + file).mtimeMs))
  if (existsSync(CLI) && statSync(CLI).mtimeMs > newest) return
  execFileSync(process.execPath, ['scripts/bundle.mjs'], { cwd: root, stdio: 'inherit' })
}
