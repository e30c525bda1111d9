// What reports of measurements have in common: the commit, the machine, tables in Markdown.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
}

/** The commit, and the machine. `measured` are git's paths of the files that are measured or measure. */
export function machine(measured: readonly string[]): string {
  const model = cpus()[0]?.model.trim() || 'unknown processor'
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  const kernel = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim()
  const day = new Date().toISOString().slice(0, 10)
  return `${day}, commit ${commit(measured)}, Node ${process.version}, ${cpus().length} cores of ${model}, ${memory}, Linux ${kernel}.`
}

function commit(measured: readonly string[]): string {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim()
    const changed = git('status', '--porcelain', '--', ...measured) !== ''
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? ' with changes' : ''}`
  } catch {
    return 'unknown'
  }
}
