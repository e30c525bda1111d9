// Orders the agent in a server process (`agent.ts`) to do harm.
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import type { Command, ThreadKind } from './agent.ts'

export interface Agent {
  /** Ends the threads of a kind, all at once; resolves to their number when they are replaced. */
  readonly kill: (kind: ThreadKind) => Promise<number>
  /** Ends the threads of a kind, also those that start; resolves to their number at once. */
  readonly interrupt: (kind: ThreadKind) => Promise<number>
  /** Blocks the control thread for so many milliseconds; resolves when it runs again. */
  readonly stall: (ms: number) => Promise<void>
  /** Moves the wall clock of the process so many milliseconds from the true time. */
  readonly moveClock: (ms: number) => Promise<void>
  readonly close: () => void
}

/** Connects to the agent that listens at `path`. The connection stays open: a later one may find no free descriptor. */
export async function connectAgent(path: string): Promise<Agent> {
  const socket = connect(path)
  await once(socket, 'connect')
  const replies: ((reply: number) => void)[] = []
  createInterface({ input: socket }).on('line', (line) => replies.shift()?.(Number(line)))
  socket.on('error', () => {})
  const order = (command: Command) =>
    new Promise<number>((resolve) => {
      replies.push(resolve)
      socket.write(`${JSON.stringify(command)}\n`)
    })
  return {
    kill: (kind) => order({ do: 'kill', kind }),
    interrupt: (kind) => order({ do: 'interrupt', kind }),
    stall: async (ms) => void (await order({ do: 'stall', ms })),
    moveClock: async (ms) => void (await order({ do: 'clock', ms })),
    close: () => socket.destroy(),
  }
}
