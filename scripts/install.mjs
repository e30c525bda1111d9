// Runs before `npm start` and `npm test`: updates node_modules to package-lock.json, and checks the version of the
// Node that npm scripts use. Plain JavaScript for any Node >= 20.
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'

const root = new URL('..', import.meta.url)
const mtime = (file) => statSync(new URL(file, root), { throwIfNoEntry: false })?.mtimeMs ?? 0

if (mtime('node_modules/.package-lock.json') < mtime('package-lock.json')) {
  console.error('installing the packages of package-lock.json ...')
  const npm = spawnSync('npm', ['ci', '--loglevel=error'], { cwd: root, stdio: ['ignore', 2, 2] })
  if (npm.status !== 0) {
    console.error(
      `npm ci failed (${npm.error?.message ?? `exit code ${npm.status}`}); see the output above`,
    )
    process.exit(1)
  }
}

// npm puts node_modules/.bin first on PATH; the package node-linux-* installs its node there.
const version = execFileSync('node', ['--version'], { encoding: 'utf8' }).trim()
const [major, minor] = version.slice(1).split('.').map(Number)
const floor = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).engines.node
if (major < 26 || (major === 26 && minor < 1)) {
  console.error(
    `clusterset-dns needs Node ${floor}, found ${version}. On Linux x64 and arm64 the package installs ` +
      'its own Node as an optional dependency: run npm ci without --omit=optional. ' +
      'On other platforms install Node 26.1 or later.',
  )
  process.exit(1)
}
