// A headless Chromium for the tests of the page: an installed one, or Debian's package chromium-headless-shell, which
// apt-get downloads once into ~/.cache/clusterset-dns. That needs no root: the packages are unpacked, not installed.
import { execFile } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'

const run = promisify(execFile)

const PROGRAMS = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome']
/** Chromium renders no text without a font. */
const PACKAGES = ['chromium-headless-shell', 'fonts-liberation']
const CACHE = join(homedir(), '.cache/clusterset-dns/chromium')

/** Where the browser is, and the environment that it needs. */
interface Installed {
  readonly file: string
  readonly env: Readonly<Record<string, string>>
}

/** Starts a headless Chromium. Rejects with what to install when there is none and apt-get cannot download it. */
export async function startChromium(): Promise<Browser> {
  const { file, env } = installed() ?? cached() ?? (await download())
  return chromium.launch({
    executablePath: file,
    // Root has no user namespaces to give away; a small /dev/shm is usual in containers.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    env: { ...process.env, ...env } as Record<string, string>,
  })
}

function installed(): Installed | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const files = PROGRAMS.flatMap((name) => folders.map((folder) => join(folder, name)))
  const file = files.find((path) => existsSync(path))
  return file === undefined ? undefined : { file, env: {} }
}

function cached(): Installed | undefined {
  const file = join(CACHE, 'usr/lib/chromium/chromium-headless-shell')
  if (!existsSync(file)) return undefined
  return {
    file,
    env: {
      LD_LIBRARY_PATH: globSync(join(CACHE, 'usr/lib/*-linux-gnu*{,/pulseaudio}')).join(delimiter),
      FONTCONFIG_FILE: join(CACHE, 'fonts.conf'),
    },
  }
}

async function download(): Promise<Installed> {
  process.stderr.write(`downloading ${PACKAGES.join(' and ')} into ${CACHE} ...\n`)
  await mkdir(join(CACHE, '..'), { recursive: true })
  const folder = await mkdtemp(`${CACHE}-`)
  try {
    await fetchPackages(folder)
    for (const name of await readdir(join(folder, 'archives'))) {
      if (name.endsWith('.deb')) await run('dpkg', ['-x', join(folder, 'archives', name), folder])
    }
    await rm(join(folder, 'archives'), { recursive: true })
    await rm(join(folder, 'lists'), { recursive: true })
    await writeFile(join(folder, 'fonts.conf'), fontsConf)
    // Another test file may have been faster; its download is as good.
    await rename(folder, CACHE).catch(() => undefined)
  } catch (error) {
    throw new Error(
      `the tests of the page need Chromium: apt-get install ${PACKAGES.join(' ')}\n` +
        `It is not installed, and could not be downloaded: ${(error as Error).message}`,
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  const found = cached()
  if (found === undefined) throw new Error(`${PACKAGES[0]} has no usr/lib/chromium in this Debian`)
  return found
}

/** Downloads the packages that are not installed, with all that they depend on, into `archives` of the folder. */
async function fetchPackages(folder: string): Promise<void> {
  const archives = join(folder, 'archives')
  const lists = join(folder, 'lists')
  await mkdir(join(archives, 'partial'), { recursive: true })
  await mkdir(join(lists, 'partial'), { recursive: true })
  const settings = {
    'Debug::NoLocking': '1',
    'APT::Sandbox::User': 'root',
    'Dir::Cache': folder,
    'Dir::Cache::archives': archives,
  }
  const aptGet = (more: Readonly<Record<string, string>>, ...args: readonly string[]) => {
    const options = Object.entries({ ...settings, ...more }).flatMap(([key, value]) => [
      '-o',
      `${key}=${value}`,
    ])
    return run('apt-get', ['-qq', '-y', ...options, ...args], { maxBuffer: 16 * 1024 * 1024 })
  }
  const install = ['install', '--download-only', '--no-install-recommends', ...PACKAGES]
  await aptGet({}, ...install).catch(async () => {
    // The lists of this machine are missing or old.
    await aptGet({ 'Dir::State::lists': lists }, 'update')
    await aptGet({ 'Dir::State::lists': lists }, ...install)
  })
}

const fontsConf = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>${CACHE}/usr/share/fonts</dir>
  <cachedir>${CACHE}/fonts-cache</cachedir>
  <match target="pattern">
    <edit name="family" mode="append" binding="strong"><string>Liberation Sans</string></edit>
  </match>
  <match target="pattern">
    <test name="family" compare="eq"><string>monospace</string></test>
    <edit name="family" mode="prepend" binding="strong"><string>Liberation Mono</string></edit>
  </match>
</fontconfig>
`
