// root: the folder in which relative file names of the block begin.
//
//   root DIR
import type { PluginConfig } from '../../config.ts'
import { errorText } from '../../errors.ts'
import type { Controller, Plugin } from '../plugin.ts'

/** The directive `root` after its setup. */
interface RootConfig extends PluginConfig {
  readonly plugin: 'root'
  /** As written. */
  readonly folder: string
}

export const root: Plugin<RootConfig> = {
  name: 'root',
  syntax: 'root DIR',

  // Like CoreDNS, reads pairs of words: the last second one counts.
  setup(controller) {
    const { tokens } = controller
    let folder = ''
    while (tokens.next()) {
      if (!tokens.nextArg()) throw tokens.argErr()
      folder = tokens.val()
    }
    warnOfFolder(folder, controller)
    return { plugin: 'root', folder }
  },

  settings: ({ folder }) => ({ root: folder }),

  describe: ({ folder }) => `relative file names of the block begin in ${folder}`,
}

function warnOfFolder(folder: string, { tokens, fileKind, warn }: Controller): void {
  let kind: ReturnType<typeof fileKind>
  try {
    kind = fileKind(folder)
  } catch (error) {
    throw tokens.errf(`unable to access root path '${folder}': ${errorText(error)}`)
  }
  // It may appear later.
  if (kind === 'missing') warn(`Root path does not exist: ${folder}`)
}
