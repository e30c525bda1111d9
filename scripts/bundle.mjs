// `npm run build`: bundles src/ into dist/. A thread that loads three files instead of a hundred takes 4 MB less
// (docs/adr/0006-memory.md). Packages stay packages, but those that only the credentials child imports: they are put into
// its file, so that the image needs none of them, and their licenses beside it. docs/adr/0001-credentials-in-a-child-process.md
// has the reasons.
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { licensesOf } from './licenses.mjs'
import { buildPage } from './page.mjs'

const src = fileURLToPath(new URL('../src', import.meta.url))
const dist = fileURLToPath(new URL('../dist', import.meta.url))
const { dependencies } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
)

/** What a program or a thread begins with, each at its place below src/ and dist/. */
const entries = [
  'cli',
  ...['event', 'packet', 'upstream'].map((kind) => `server/threads/${kind}-worker`),
  'node-cache/worker',
]
const child = 'kube/credentials-child'

/** Files that are beside a module of src/ are found from its place, wherever the bundle has its code. */
const places = {
  name: 'places',
  transform: (code, id) => {
    const place = relative(src, id).replace(/\.ts$/, '.js')
    return code.replaceAll('import.meta.url', `new URL('${place}', import.meta.url).href`)
  },
}

/** One character beyond Latin-1 makes V8 keep the text of a whole file with two bytes for each. */
const ascii = {
  name: 'ascii',
  generateBundle: (_, files) => {
    for (const file of Object.values(files)) {
      file.code = file.code.replaceAll(/[^\0-\x7f]/g, (char) => {
        return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
      })
    }
  },
}

rmSync(dist, { recursive: true, force: true })

const server = await rolldown({
  input: Object.fromEntries(entries.map((name) => [name, join(src, `${name}.ts`)])),
  platform: 'node',
  external: Object.keys(dependencies),
  plugins: [places, ascii],
})
// All shared chunks are in dist/ itself: `places` counts on it.
await server.write({
  dir: dist,
  format: 'esm',
  comments: false,
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
})

// The command itself, also as `kubectl-clusterset`.
chmodSync(join(dist, 'cli.js'), 0o755)

const file = join(dist, `${child}.js`)
const credentials = await rolldown({ input: join(src, `${child}.ts`), platform: 'node' })
const { output } = await credentials.write({ file, format: 'esm', codeSplitting: false })
const [chunk] = output

const missing = [...chunk.imports, ...chunk.dynamicImports].filter((name) => !isBuiltin(name))
if (missing.length > 0) throw new Error(`${file} would import ${missing.join(', ')}`)

writeFileSync(`${file}.licenses.txt`, licensesOf(chunk.moduleIds))

await buildPage()
