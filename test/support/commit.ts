// The commit that a result belongs to.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The commit of the checkout, and whether it has changes besides `result`, a path; "unknown" without git. */
export async function commitOf(result: string): Promise<string> {
  const cwd = new URL('../../', import.meta.url)
  const git = async (...args: readonly string[]) => (await run('git', [...args], { cwd })).stdout
  try {
    const commit = (await git('rev-parse', '--short=12', 'HEAD')).trim()
    const changes = await git('status', '--porcelain', '--', '.', `:!${result}`)
    return changes === '' ? commit : `${commit} with changes`
  } catch {
    return 'unknown'
  }
}
