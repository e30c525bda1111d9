// Runs before `npm start` and `npm test`: updates node_modules to package-lock.json, checks the Node that a package brings
// against node.sha256, and checks the version of the Node that npm scripts use. Plain JavaScript for any Node >= 20.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { npmCi } from './npm-ci.mjs'

const root = new URL('..', import.meta.url)
const mtime = (file) => statSync(new URL(file, root), { throwIfNoEntry: false })?.mtimeMs ?? 0

const isInstalled = mtime('node_modules/.package-lock.json') >= mtime('package-lock.json')
if (!isInstalled) {
  const problem = await npmCi(fileURLToPath(root))
  if (problem !== undefined) {
    console.error(problem)
    process.exit(1)
  }
}

// node-linux-* is somebody's package of the Node of nodejs.org, and everything runs on it. It is checked before it runs for
// the first time, which is why another Node runs this file then; later it would only vouch for itself.
const name = `node-linux-${process.arch}/bin/node`
const file = fileURLToPath(new URL(`node_modules/${name}`, root))
if (existsSync(file) && !(isInstalled && realpathSync(process.execPath) === realpathSync(file))) {
  const lines = readFileSync(new URL('node.sha256', import.meta.url), 'utf8').split('\n')
  const [wanted = 'none'] = lines.find((line) => line.endsWith(`  ${name}`))?.split(' ') ?? []
  const found = createHash('sha256').update(readFileSync(file)).digest('hex')
  if (found !== wanted) {
    // Neither the next npm script nor a shell finds it.
    for (const path of [name, '.bin/node', '.package-lock.json']) {
      rmSync(new URL(`node_modules/${path}`, root), { force: true })
    }
    console.error(
      `${file} was not run, and was deleted: its SHA-256 is ${found}, but scripts/node.sha256 has ${wanted}. If ` +
        'you changed the version of node-linux-* in package.json, CONTRIBUTING.md describes how to update that file.',
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
