// Configurations for tests, from the text of a Corefile without imports.
import type { Config } from '../../src/config.ts'
import { loadConfig } from '../../src/plugins/load.ts'

/** The configuration of a Corefile; keys without a port get `port` (0 chooses a free port). */
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
