// Ends `npm run build`: puts the packages that only the credentials child imports into its file, so that the image needs none
// of them, and their licenses beside it. docs/adr/0001-credentials-in-a-child-process.md has the reasons.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const file = fileURLToPath(new URL('../dist/kube/credentials-child.js', import.meta.url))
const bundle = await rolldown({ input: file, platform: 'node' })
const { output } = await bundle.write({ file, format: 'esm', codeSplitting: false })
const [chunk] = output

const missing = [...chunk.imports, ...chunk.dynamicImports].filter((name) => !isBuiltin(name))
if (missing.length > 0) throw new Error(`${file} would import ${missing.join(', ')}`)

const folders = chunk.moduleIds.flatMap(
  (id) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id) ?? [],
)
const licenses = [...new Set(folders)].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const files = readdirSync(folder).filter((one) => /^(licen[cs]e|notice)/i.test(one))
  const texts = files.map((one) => readFileSync(join(folder, one), 'utf8').trim())
  return [`${name} ${version} (${license})`, ...texts].join('\n\n')
})
writeFileSync(`${file}.licenses.txt`, `${licenses.join(`\n\n${'='.repeat(80)}\n\n`)}\n`)
