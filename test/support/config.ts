// Configurations for tests, from the text of a Corefile without imports.
import type { Config } from '../../src/config.ts'
import { loadConfig } from '../../src/plugins/load.ts'

/** The files of each configuration: the nameservers of a machine. */
const FILES = new Map([['/etc/resolv.conf', 'nameserver 192.0.2.53\n']])

/** The configuration of a Corefile; keys without a port get `port` (0 chooses a free port). `env` are the variables. */
export function configOf(
  text: string,
  port = 0,
  env: Readonly<Record<string, string>> = {},
): Config {
  const files = {
    read: (path: string): string => {
      const found = FILES.get(path)
      if (found === undefined) throw new Error(`open ${path}: no such file or directory`)
      return found
    },
    exists: (path: string) => FILES.has(path),
    isDirectory: () => false,
    kind: (path: string) => (FILES.has(path) ? ('file' as const) : ('missing' as const)),
    list: () => [],
  }
  return loadConfig({ file: 'Corefile', text, port, env, files, cwd: '/' })
}
