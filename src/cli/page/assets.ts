// The files of the built page. They are read when they are asked for: a fleet that nobody looks at keeps their names only.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { HttpReply, HttpRequest, HttpRoute } from '../../runtime/http.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
}

/** The compressed forms that the build may put beside a file, the smallest first. */
const ENCODINGS = [
  { ending: '.br', name: 'br' },
  { ending: '.gz', name: 'gzip' },
] as const

/** A name with a hash of the content, "page-0a1b2c3d4e5f.js", never has another content. */
const HASHED = /-[0-9A-Za-z_]{8,}\.\w+$/

const DAY_S = 86_400

/** Where the build puts the page: dist/page, also for a program that runs from src/. */
export function builtPage(): string {
  const isSource = import.meta.url.endsWith('.ts')
  return fileURLToPath(new URL(isSource ? '../../../dist/page' : '../../page', import.meta.url))
}

/** The routes of the files of `folder`; "/" is index.html. Without a built page, "/" says how to build it. */
export function assetRoutes(folder: string): Readonly<Record<string, HttpRoute>> {
  if (!existsSync(join(folder, 'index.html'))) return { '/': () => notBuilt }
  const names = readdirSync(folder)
  const isFile = (name: string) => Object.hasOwn(TYPES, extname(name))
  const routes = names.filter(isFile).map((name): [string, HttpRoute] => {
    const forms = ENCODINGS.filter(({ ending }) => names.includes(`${name}${ending}`))
    const path = name === 'index.html' ? '/' : `/${name}`
    return [path, assetRoute(join(folder, name), forms)]
  })
  return Object.fromEntries(routes)
}

const notBuilt: HttpReply = { status: 404, body: 'the page is not built: run npm run build\n' }

function assetRoute(file: string, forms: readonly (typeof ENCODINGS)[number][]): HttpRoute {
  const hash = createHash('sha256').update(readFileSync(file)).digest('base64url').slice(0, 22)
  return async (request) => {
    const form = forms.find(({ name }) => accepts(request, name))
    const etag = `"${hash}${form === undefined ? '' : `-${form.name}`}"`
    const headers = {
      etag,
      vary: 'accept-encoding',
      'cache-control': HASHED.test(file) ? `public, max-age=${365 * DAY_S}, immutable` : 'no-cache',
    }
    const contentType = TYPES[extname(file)]!
    if (matches(request, etag)) return { status: 304, contentType, headers, body: '' }
    const body = await readFile(`${file}${form?.ending ?? ''}`)
    const encoding = form === undefined ? {} : { 'content-encoding': form.name }
    return { status: 200, contentType, headers: { ...headers, ...encoding }, body }
  }
}

/** True for "gzip, br" and "br;q=0.5", not for "br;q=0". */
function accepts({ headers }: HttpRequest, encoding: string): boolean {
  const accepted = String(headers['accept-encoding'] ?? '').split(',')
  return accepted.some((one) => {
    const [name = '', ...parameters] = one.split(';').map((part) => part.trim())
    return name === encoding && !parameters.some((part) => /^q=0(\.0*)?$/.test(part))
  })
}

function matches({ headers }: HttpRequest, etag: string): boolean {
  const known = (headers['if-none-match'] ?? '').split(',').map((one) => one.trim())
  return known.some((one) => one === etag || one === `W/${etag}`)
}
