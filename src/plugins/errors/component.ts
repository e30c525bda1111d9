// `errors` on the control thread: consolidates the errors of all answering threads.
import type { Component, Running } from '../plugin.ts'
import { Consolidator } from './consolidator.ts'
import {
  consolidatorKey,
  type ErrorReport,
  type ErrorsConfig,
  errorFields,
  errorLine,
} from './runtime.ts'

export const errorsComponent: Component<ErrorsConfig> = {
  async prepare({ directives }, _previous, host) {
    const log = host.log.plugin('errors')
    const consolidators = new Map(
      directives.map(({ block, config }) => [
        consolidatorKey(block, config.consolidate),
        new Consolidator(config.consolidate, { log, after }),
      ]),
    )
    const running: Running = {
      receive(text) {
        const [key, error] = JSON.parse(text) as ErrorReport
        const consolidator = consolidators.get(key)
        // A report of the previous configuration, which was still on its way when a reload took over.
        if (consolidator === undefined) log.error(errorLine(error), errorFields(error))
        else consolidator.add(error)
      },
      async stop() {
        for (const consolidator of consolidators.values()) consolidator.stop()
      },
    }
    return {
      commit(previous) {
        void previous?.stop()
        return running
      },
      async discard() {},
    }
  },
}

function after(ms: number, task: () => void): () => void {
  const timer = setTimeout(task, ms).unref()
  return () => clearTimeout(timer)
}
