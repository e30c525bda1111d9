// Asks the fleet for the JSON behind a view.

/** The document at an address relative to the page. Rejects with a sentence for people. */
export async function readDocument<Document>(
  address: string,
  signal?: AbortSignal,
): Promise<Document> {
  const init = { cache: 'no-store', ...(signal === undefined ? {} : { signal }) } as const
  const reply = await fetch(address, init).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new Error('The fleet does not answer.')
  })
  if (reply.ok) return (await reply.json()) as Document
  const text = (await reply.text()).trim()
  throw new Error(text === '' ? `The fleet answered ${reply.status}.` : text)
}
