// The licenses of packages that a bundle contains.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Name, version and license files of each package that a bundle has modules of. */
export function licensesOf(moduleIds) {
  const folders = moduleIds.flatMap(
    (id) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id) ?? [],
  )
  const licenses = [...new Set(folders)].sort().map((folder) => {
    const { name, version, license } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    )
    const files = readdirSync(folder).filter((one) => /^(licen[cs]e|notice)/i.test(one))
    const texts = files.map((one) => readFileSync(join(folder, one), 'utf8').trim())
    return [`${name} ${version} (${license})`, ...texts].join('\n\n')
  })
  return `${licenses.join(`\n\n${'='.repeat(80)}\n\n`)}\n`
}
