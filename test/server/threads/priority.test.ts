// Packet threads run before the threads that work for them, so that a flood of unknown names or of TCP connections does not
// delay answers that the server knows.
import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { afterEach, expect, test } from 'vitest'
import type { ServerPlan } from '../../../src/server/shared/plan.ts'
import { Supervisor } from '../../../src/server/threads/supervisor.ts'
import { configOf } from '../../support/config.ts'
import { forwardPlan } from '../../support/forward-plan.ts'
import { freePort } from '../../support/free-port.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { transport } from '../../support/transport.ts'

const running: Supervisor[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((supervisor) => supervisor.stop(0)))
})

async function start(first: ServerPlan): Promise<void> {
  const supervisor = await Supervisor.start(
    {
      transport,
      logFormat: 'coredns',
      log: memoryLog([]).log,
      onLines: () => {},
      onFatal: () => {},
      releaseReader: () => {},
    },
    first,
  )
  running.push(supervisor)
}

/** How many threads of this process have a nice value above its own. */
function threadsBehind(): number {
  const tasks = '/proc/self/task'
  const nice = readdirSync(tasks).map((id) => {
    const stat = readFileSync(`${tasks}/${id}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
  })
  return nice.filter((value) => value > getPriority(0)).length
}

async function whoamiPlan(): Promise<ServerPlan> {
  const { blocks, groups } = configOf('. {\nbind 127.0.0.1\nwhoami\n}')
  const group = { ...groups[0]!, sockets: 2, port: await freePort() }
  return {
    blocks,
    listeners: [{ group, localAddresses: [] }],
    tables: {},
    shared: {},
    counters: {},
  }
}

// Without packet threads the event loop answers everything itself.
const inBatches = transport === 'mmsg'

test('the event-loop thread runs behind two packet threads', async () => {
  const before = threadsBehind()
  await start(await whoamiPlan())
  expect(threadsBehind() - before).toBe(inBatches ? 1 : 0)
})

test('so does the upstream thread', async () => {
  const before = threadsBehind()
  await start(forwardPlan(await freePort(), ['127.0.0.1:53']).plan)
  expect(threadsBehind() - before).toBe(inBatches ? 2 : 0)
})
