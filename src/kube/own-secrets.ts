// The secrets that our requests carry. An API server, a webhook or a proxy may quote them in an error.
import { hideSecrets, pairSecrets } from '../hidden.ts'
import type { Credentials } from './credentials.ts'

type Carried = Pick<Credentials, 'token' | 'headers' | 'proxyUrl'>

/** The secrets of these credentials, for `hideSecrets`. */
export function ownSecrets({ token = '', headers, proxyUrl }: Carried): readonly string[] {
  const authorization = String(headers.authorization ?? '')
  const basic = authorization.startsWith('Basic ') ? authorization.slice('Basic '.length) : ''
  const pair = Buffer.from(basic, 'base64').toString('utf8')
  return [token, basic, ...pairSecrets(pair), ...proxySecrets(proxyUrl)]
}

/** A text of the server or of the proxy without the secrets of these credentials. */
export function hideOwnSecrets(text: string, credentials: Carried): string {
  return hideSecrets(text, ownSecrets(credentials))
}

/** User name and password of a proxy, as the URL has them and as they are sent. */
function proxySecrets(proxyUrl: string | undefined): readonly string[] {
  if (proxyUrl === undefined || !URL.canParse(proxyUrl)) return []
  const { username, password } = new URL(proxyUrl)
  if (password === '') return []
  const pair = decodeURIComponent(`${username}:${password}`)
  const sent = Buffer.from(pair).toString('base64')
  return [sent, ...pairSecrets(pair), ...pairSecrets(`${username}:${password}`)]
}
