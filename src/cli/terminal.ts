// Output lines and questions of a command that runs once; a question follows all lines printed before it.
import type { Readable, Writable } from 'node:stream'
import { errorText } from '../errors.ts'
import { printable, printableLines } from '../printable.ts'
import type { LogWriter } from '../runtime/log-writer.ts'
import { type Paint, paintFor } from './colour.ts'

/** Where a command prints its lines and asks its questions. */
export interface Terminal {
  /** Writes one line, with control characters escaped, without waiting for the reader. */
  print(line: string): void
  /** Writes text as it is: a document, or lines with colours. Its foreign texts are escaped already. */
  show(text: string): void
  /** Colours texts for this terminal. */
  readonly paint: Paint
  /** Resolves when all lines are written, or when the signal aborts. */
  flush(signal: AbortSignal): Promise<void>
  /** True when stdin is a terminal, so that a question can be answered. */
  readonly isInteractive: boolean
  /** Resolves to the answer, '' at the end of the input; rejects when the signal aborts. */
  ask(question: string, signal: AbortSignal): Promise<string>
}

interface TerminalOptions {
  readonly writer: Pick<LogWriter, 'writeLines' | 'writeFormatted' | 'flush'>
  readonly input: Readable & { readonly isTTY?: boolean }
  readonly output: Writable & { readonly isTTY?: boolean }
  /** Called on Ctrl-C during a question: readline sets raw mode, in which the terminal sends no SIGINT. */
  readonly interrupted: () => void
}

/** A Terminal on these streams and the log writer. */
export function createTerminal({ writer, input, output, interrupted }: TerminalOptions): Terminal {
  return {
    show: (text) => writer.writeFormatted(text),
    paint: paintFor(output),
    print: (line) => writer.writeLines(`${printable(line)}\n`),
    flush: (signal) => writer.flush(signal),
    isInteractive: input.isTTY === true,
    async ask(question, signal) {
      // The writer is asynchronous; the question is written directly.
      await writer.flush(signal)
      signal.throwIfAborted()
      // Loaded with the first question: a server asks none.
      const { createInterface } = process.getBuiltinModule('node:readline/promises')
      const lines = createInterface({ input, output, terminal: input.isTTY === true })
      try {
        lines.on('SIGINT', interrupted)
        const end = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
        return await Promise.race([end, lines.question(printable(question), { signal })])
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

/** Characters that are written at once; the writer drops what exceeds its buffer. */
const PIECE = 1_000_000

/** Shows a text of any length, and waits for a slow reader, so that nothing is dropped. Rejects when the signal aborts. */
export async function showAll(
  { show, flush }: Pick<Terminal, 'show' | 'flush'>,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  for (let at = 0; at < text.length; at += PIECE) {
    show(text.slice(at, at + PIECE))
    await flush(signal)
    signal.throwIfAborted()
  }
}

/** The error text for an output that cannot be written, for example to a full disk. */
export function outputErrorText(error: unknown): string {
  return `the output cannot be written: ${errorText(error)}`
}

/** Writes lines to a standard stream past the log, with control characters escaped, and a newline after them. */
export function printTo(stream: Writable, lines: string): void {
  stream.write(`${printableLines(lines)}\n`)
}
