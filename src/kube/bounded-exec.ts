// Bounds the output of exec plugins: client-node collects all that they print.
import { spawn } from 'node:child_process'
import type { KubeConfig } from '@kubernetes/client-node'
import { asFields, listOf } from './fields.ts'

/** A token or a certificate with its key is some kilobytes. */
const MAX_OUTPUT_BYTES = 1_000_000

/** Makes `config` kill an exec plugin that prints more; its error says so. */
export function boundExecOutput(config: KubeConfig): void {
  for (const one of authenticatorsOf(config)) {
    // A private field of client-node's ExecAuth, as is its cache of tokens.
    const fields = one as { execFn?: unknown }
    if ('execFn' in fields) fields.execFn = spawnBounded
  }
}

/** The authenticators of client-node, a private field. */
export function authenticatorsOf(config: KubeConfig): readonly unknown[] {
  return listOf(asFields(config as unknown)?.authenticators)
}

function spawnBounded(command: string, args: readonly string[], options: object) {
  const plugin = spawn(command, args, { ...options, stdio: 'pipe' })
  let bytes = 0
  const count = (chunk: Buffer | string) => {
    bytes += chunk.length
    if (bytes <= MAX_OUTPUT_BYTES) return
    plugin.kill('SIGKILL')
    // Programs that the plugin started may go on writing.
    for (const stream of [plugin.stdout, plugin.stderr]) stream.destroy()
    plugin.emit('error', new Error(`it printed more than ${MAX_OUTPUT_BYTES / 1_000_000} MB`))
  }
  for (const stream of [plugin.stdout, plugin.stderr]) stream.on('data', count)
  return plugin
}
