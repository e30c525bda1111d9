// Programs of the benchmarks in C, compiled when they are needed.
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../../test/support/free-port.ts'
import { type BenchProcess, startServer } from './process.ts'

type Program = 'echo' | 'flood' | 'hold' | 'steady' | 'upstream'

const compiled = new Map<Program, string>()

/** The path of the compiled bench/support/PROGRAM.c. Throws an Error when the compiler is missing or fails. */
function compile(program: Program): string {
  const known = compiled.get(program)
  if (known !== undefined) return known
  const file = join(mkdtempSync(join(tmpdir(), 'native-')), program)
  const source = fileURLToPath(new URL(`./${program}.c`, import.meta.url))
  try {
    execFileSync('cc', ['-O2', '-o', file, source], { stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    throw new Error('cc is not installed (Debian packages gcc and libc6-dev)')
  }
  compiled.set(program, file)
  return file
}

/** Starts the program on a free port of 127.0.0.1 and the cores `cpus`. */
export async function startNative(
  program: Program,
  cpus: string,
  ...args: readonly string[]
): Promise<BenchProcess & { readonly port: number }> {
  const command = [compile(program), String(await freePort()), ...args]
  return startServer({ name: `${program}.c`, command, cpus })
}

/** Runs the program on the cores `cpus` to its end; returns its output. */
export async function runNative(
  program: Program,
  cpus: string,
  ...args: readonly string[]
): Promise<string> {
  const { stdout } = await promisify(execFile)('taskset', ['-c', cpus, compile(program), ...args])
  return stdout
}
