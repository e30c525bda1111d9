// Configurations for tests, from Corefile text without files.
import type { Config } from '../../src/config.ts'
import { loadConfig } from '../../src/plugins/load.ts'

/** What a Corefile means; keys without a port get port 0, which chooses a free one. */
export function configOf(text: string, port = 0): Config {
  const files = {
    read: (path: string): string => {
      throw new Error(`open ${path}: no such file or directory`)
    },
    exists: () => false,
    isDirectory: () => false,
    list: () => [],
  }
  return loadConfig({ file: 'Corefile', text, port, env: {}, files, cwd: '/' })
}
