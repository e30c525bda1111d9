// The address of an API server, as a kubeconfig or a Corefile has it. User name and password leave the URL where it is
// read, so that no message, metric or cause of an error can show them.

/** An address that messages may show, and the Authorization header that its user name and password become. */
export interface ServerUrl {
  /** "https://HOST:PORT/PREFIX", without a slash at its end. */
  readonly server: string
  /** "Basic ..." */
  readonly authorization?: string
}

/**
 * Reads the address. User name and password become basic authorization, as in Go's net/http (client-go); query and
 * fragment are dropped (client-go, NewRESTClient). Throws an Error that does not quote the text.
 */
export function readServerUrl(text: string): ServerUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new Error('the server address is not an http or https URL')
  }
  const server = `${url.origin}${url.pathname.replace(/\/+$/, '')}`
  if (url.username === '' && url.password === '') return { server }
  const pair = `${decoded(url.username)}:${decoded(url.password)}`
  return { server, authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new Error('the user name or password in the server address has an invalid % escape')
  }
}
