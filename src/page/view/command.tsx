// A command with a button that copies it.
import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'

/** Milliseconds for which the button says what it did. */
const SAID_MS = 2000

/** One command line, to copy. */
export function Command({ text }: { readonly text: string }) {
  const said = useSignal('')
  const code = useRef<HTMLElement>(null)
  const copy = async () => {
    said.value = (await copied(text, code.current)) ? 'Copied' : 'Selected: press Ctrl+C'
    setTimeout(() => {
      said.value = ''
    }, SAID_MS)
  }
  return (
    <div class="command">
      <code ref={code}>{text}</code>
      <button type="button" onClick={copy} aria-label={`Copy the command ${text}`}>
        {said.value === '' ? 'Copy' : said.value}
      </button>
      <span class="hidden" role="status">
        {said.value}
      </span>
    </div>
  )
}

/** False when the browser gives no clipboard, as for a page over plain HTTP of another machine: the text is selected. */
async function copied(text: string, element: HTMLElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    if (element !== null) getSelection()?.selectAllChildren(element)
    return false
  }
}
