// An event-loop thread: `event-server.ts` and the messages of the control thread. Loads no npm package.
import { parentPort, workerData } from 'node:worker_threads'
import { errorText } from '../../errors.ts'
import type { FromWorker, ToWorker, WorkerData } from '../shared/messages.ts'
import { EventServer } from './event-server.ts'
import { collectGarbage } from './garbage.ts'
import { runBehindPacketThreads } from './priority.ts'

const port = parentPort!
const post = (message: FromWorker): void => port.postMessage(message)
const data = workerData as WorkerData
if (data.transport === 'mmsg') runBehindPacketThreads()
const server = new EventServer(data, (plugin, text) => {
  post({ type: 'lines', plugin, text })
})

collectGarbage()

port.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'plan': {
      const { id } = message
      server.serve(message).then(
        () => post({ type: 'planned', id }),
        (error: unknown) => post({ type: 'failed', id, message: errorText(error) }),
      )
      break
    }
    case 'trim':
      server.trim()
      break
    case 'collect':
      collectGarbage()
      break
    case 'stop':
      void server.stop(message.graceMs).then(() => post({ type: 'stopped' }))
      break
  }
})
