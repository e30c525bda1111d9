// `errors` on the control thread: consolidates the errors of all answering threads.
import type { Component, Running } from '../plugin.ts'
import { Consolidator } from './consolidator.ts'
import type { ErrorReport, ErrorsConfig } from './runtime.ts'

export const errorsComponent: Component<ErrorsConfig> = {
  async prepare({ directives }, previous, host) {
    const log = host.log.plugin('errors')
    const consolidators = new Map(
      directives.map(({ block, config }) => [
        block,
        new Consolidator(config.consolidate, { log, after }),
      ]),
    )
    const running: Running = {
      receive(text) {
        const [block, error, line] = JSON.parse(text) as ErrorReport
        consolidators.get(block)?.add(error, line)
      },
      async stop() {
        for (const consolidator of consolidators.values()) consolidator.stop()
      },
    }
    return {
      commit() {
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
