// How a command that runs once speaks with whoever called it: lines, and questions that come after the lines.
import { createInterface } from 'node:readline/promises'
import type { Readable, Writable } from 'node:stream'
import type { LogWriter } from '../runtime/log-writer.ts'

export interface Terminal {
  print(line: string): void
  /** Resolves when all lines are out, or the signal aborts. */
  flush(signal: AbortSignal): Promise<void>
  /** False where nobody can be asked. */
  readonly isInteractive: boolean
  /** Resolves to what is answered, '' at the end of the input; rejects when the signal aborts. */
  ask(question: string, signal: AbortSignal): Promise<string>
}

export interface TerminalOptions {
  readonly writer: Pick<LogWriter, 'writeLines' | 'flush'>
  readonly input: Readable & { readonly isTTY?: boolean }
  readonly output: Writable
  /** Told of Ctrl-C at a question: a terminal that is asked makes no signal of it. */
  readonly interrupted: () => void
}

export function createTerminal({ writer, input, output, interrupted }: TerminalOptions): Terminal {
  return {
    print: (line) => writer.writeLines(`${line}\n`),
    flush: (signal) => writer.flush(signal),
    isInteractive: input.isTTY === true,
    async ask(question, signal) {
      // The lines take another way to the terminal.
      await writer.flush(signal)
      signal.throwIfAborted()
      const lines = createInterface({ input, output, terminal: input.isTTY === true })
      try {
        lines.on('SIGINT', interrupted)
        const end = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
        return await Promise.race([end, lines.question(question, { signal })])
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof Error && error.name === 'AbortError') return ''
        throw error
      } finally {
        lines.close()
      }
    },
  }
}
