// Bundles src/page into dist/page: index.html, one script and one style sheet with the hash of their content in their names,
// and the licenses of the packages inside. `npm run build` makes it; `npm start` runs this file, which does nothing when
// the page is newer than all that it is made of.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { licensesOf } from './licenses.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const src = join(root, 'src/page')
const dist = join(root, 'dist/page')
/** Written last. */
const index = join(dist, 'index.html')

/** Bundles the page. */
export async function buildPage() {
  // Loaded here: a start that finds the page does not wait for the bundler.
  const { rolldown } = await import('rolldown')
  const bundle = await rolldown({
    input: join(src, 'main.tsx'),
    platform: 'browser',
    tsconfig: join(src, 'tsconfig.json'),
  })
  const { output } = await bundle.generate({
    format: 'esm',
    minify: true,
    comments: false,
    codeSplitting: false,
  })
  const [{ code, moduleIds }] = output
  const script = hashed('page', 'js', code)
  const css = readFileSync(join(src, 'page.css'), 'utf8')
  const style = hashed('page', 'css', css)
  const html = readFileSync(join(src, 'index.html'), 'utf8')
  const icon = readFileSync(join(src, 'icon.svg'), 'utf8')
  const iconName = hashed('icon', 'svg', icon)
  rmSync(dist, { recursive: true, force: true })
  mkdirSync(dist, { recursive: true })
  writeAll(script, code)
  writeAll(style, css)
  writeFileSync(join(dist, iconName), icon)
  writeFileSync(join(dist, 'licenses.txt'), licensesOf(moduleIds))
  writeFileSync(
    index,
    html.replace('page.js', script).replace('page.css', style).replace('icon.svg', iconName),
  )
}

/** Writes the file, and what a server may send instead to those that accept it. */
function writeAll(name, text) {
  writeFileSync(join(dist, name), text)
  writeFileSync(join(dist, `${name}.gz`), gzipSync(text, { level: 9 }))
  writeFileSync(join(dist, `${name}.br`), brotliCompressSync(text))
}

/** True if the page is there and newer than its sources and packages. */
export function isPageFresh() {
  const made = statSync(index, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  const files = [
    ...sources.map((file) => join(src, file)),
    join(root, 'scripts/page.mjs'),
    join(root, 'package-lock.json'),
  ]
  return files.every((file) => statSync(file).mtimeMs < made)
}

/** "page-0a1b2c3d.js": a browser may keep it for ever. */
function hashed(name, ending, text) {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12)
  return `${name}-${hash}.${ending}`
}

if (import.meta.main && !isPageFresh()) await buildPage()
