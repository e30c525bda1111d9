// Runs `npm ci` with a line before it (what is installed), while it runs (how much is there), and after it (how much it was). A
// failure of the usual kinds gets a text that says what to do. Plain JavaScript for any Node >= 20.
import { spawn } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Between two lines about the progress, in milliseconds: on a terminal they replace each other. */
const PROGRESS_MS = process.stderr.isTTY ? 1000 : 10_000
/** When nothing has arrived for so long, the registry is probably not reachable. */
const SILENT_MS = 15_000

/** Installs the packages of package-lock.json into `root`. Returns why it could not, or undefined. */
export async function npmCi(root) {
  const problem = writeProblem(root)
  if (problem !== undefined) return problem
  const [running, building] = lockedPackages(root)
  console.error(
    `installing ${running.length} packages that run the program, and ${building.length} that build and test it, into ` +
      `${join(root, 'node_modules')} ...`,
  )
  const started = performance.now()
  // Without the last two npm waits 70 seconds between three attempts.
  const flags = [
    '--loglevel=error',
    '--no-progress',
    '--fetch-retry-mintimeout=1000',
    '--fetch-retry-maxtimeout=5000',
  ]
  const npm = spawn('npm', ['ci', ...flags], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  npm.stderr.on('data', (chunk) => {
    output += chunk
  })
  const stop = showProgress(join(root, 'node_modules'), started)
  const failure = await new Promise((done) => {
    npm.on('error', (error) => done(error.message))
    npm.on('close', (code) => done(code === 0 ? undefined : `exit code ${code}`))
  })
  stop()
  if (failure !== undefined) return explained(output, failure)
  const seconds = Math.round((performance.now() - started) / 1000)
  const [run, build] = [running, building].map((paths) =>
    sum(paths.map((path) => megabytes(join(root, path)))),
  )
  console.error(
    `installed in ${seconds} s: ${run} MB run the program, ${build} MB build and test it`,
  )
  return undefined
}

/** The paths of the packages for this machine: those that run the program, and those for development. */
function lockedPackages(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const here = Object.entries(packages).filter(([path, one]) => path !== '' && isForHere(one))
  const isBuilding = ([, { dev, devOptional }]) => Boolean(dev || devOptional)
  const paths = (list) => list.map(([path]) => path)
  return [paths(here.filter((one) => !isBuilding(one))), paths(here.filter(isBuilding))]
}

const sum = (numbers) => Math.round(numbers.reduce((total, one) => total + one, 0))

function isForHere({ os, cpu, libc }) {
  const fits = (list, value) => list === undefined || list.includes(value)
  return fits(os, process.platform) && fits(cpu, process.arch) && fits(libc, 'glibc')
}

/** Why the packages cannot be written, or undefined. */
function writeProblem(root) {
  const modules = join(root, 'node_modules')
  const folder = [modules, root].find((one) => existsSync(one))
  try {
    accessSync(folder, constants.W_OK)
    return undefined
  } catch (error) {
    return (
      `${folder} cannot be written (${error.code}), and the packages belong there. ` +
      'Copy this folder to a place of yours, or make yourself its owner: sudo chown -R "$(id -un)" .'
    )
  }
}

/** Prints how much is installed, now and then; the function that is returned ends that. */
function showProgress(folder, started) {
  let last = 0
  let changed = performance.now()
  let hinted = false
  const timer = setInterval(() => {
    const size = Math.round(megabytes(folder))
    const now = performance.now()
    if (size !== last) changed = now
    last = size
    const seconds = Math.round((now - started) / 1000)
    const line = `${size} MB after ${seconds} s`
    process.stderr.write(process.stderr.isTTY ? `\r${line} ` : `${line}\n`)
    if (hinted || now - changed < SILENT_MS) return
    hinted = true
    process.stderr.write(
      '\nnothing has arrived for 15 s: is there a network, and is the registry of `npm config get registry` reachable?\n',
    )
  }, PROGRESS_MS)
  return () => {
    clearInterval(timer)
    if (process.stderr.isTTY && last > 0) process.stderr.write('\r')
  }
}

/** The size of the files in a folder, in MB. Files that vanish meanwhile do not count. */
function megabytes(folder) {
  let bytes = 0
  const walk = (path) => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const inside = join(path, entry.name)
      if (entry.isDirectory()) walk(inside)
      else if (entry.isFile()) bytes += statSync(inside, { throwIfNoEntry: false })?.size ?? 0
    }
  }
  try {
    walk(folder)
  } catch {
    // npm moves folders while it installs.
  }
  return bytes / 1e6
}

/** npm's output, and what to do about it. */
function explained(output, failure) {
  const code =
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED)\b/.exec(
      output,
    )?.[1]
  const cure = {
    network:
      'The registry of npm cannot be reached. The packages are downloaded once: run this again with a network. Behind a proxy ' +
      'set HTTPS_PROXY, or `npm config set proxy http://HOST:PORT`. Without any network copy node_modules from a machine of the ' +
      'same system and architecture.',
    space: 'The disk is full: the packages need about 500 MB.',
    rights: 'A file cannot be written: make yourself the owner of this folder and of ~/.npm.',
  }
  const kind = code
    ? 'network'
    : /\bENOSPC\b/.test(output)
      ? 'space'
      : /\b(EACCES|EPERM|EROFS)\b/.test(output)
        ? 'rights'
        : undefined
  const text = output.trim()
  return [text, `npm ci failed (${code ?? failure}).`, kind === undefined ? '' : cure[kind]]
    .filter((one) => one !== '')
    .join('\n')
}
