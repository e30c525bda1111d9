// The output of an exec plugin in an error: cut, and without what it knows or what looks like a token. A plugin may
// print its environment, its requests or its answer.
import { HIDDEN, hideSecrets, hideUserinfo, pairSecrets } from '../hidden.ts'
import { asFields, type Fields, listOf } from './fields.ts'

/** In characters, after secrets are hidden. */
const MAX_LENGTH = 300
/** In characters: a shorter value of the environment is a flag or a number. */
const MIN_VALUE_LENGTH = 6

/** A name of a secret, as part of the name of a variable, flag or field. */
const SECRET_NAME = /token|secret|passw|passphrase|credential|private|api[-_]?key|access[-_]?key/i

/**
 * PEM text of a private key up to the next line of five dashes, with what a log writes between its lines. Without its end it
 * is hidden up to 16,384 characters: twice a key of 8,192 bits with a time in each line. Each match ends where the next search
 * begins, so the time is linear.
 */
const PRIVATE_KEY =
  /-----BEGIN [A-Z\d ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----)[\s\S]){0,16384}(?:-----END [A-Z\d ]{0,60}-----)?/g
/** The end of a private key that begins before the text. */
const END_OF_KEY = /^(?:(?!-----)[\s\S]){0,16384}-----END [A-Z\d ]{0,40}PRIVATE KEY(?: BLOCK)?-----/
/** A JSON Web Token, also a part of one. */
const JWT = /\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g
/** Authorization: "Bearer x1...", but not "bearer token". */
const AUTHORIZATION = /\b((?:[Bb]earer|[Bb]asic) +)(?=[^\s"']{0,99}[A-Z\d=])[^\s"',;]{8,}/g
/** "token=x", "password": "x"; after a colon without quotes only what has a digit: "token: connection refused". */
const ASSIGNED =
  /((?:token|secret|password|passwd|passphrase|authorization|api[-_]?key|access[-_]?key)(?:["']? ?= ?["']?|["']? ?: ?["']|: ?(?=[\w.+/=~-]{0,99}\d)))[^\s"',;&]+/gi
/** Letters of both cases with digits, too long for a word: an opaque token. */
const OPAQUE = /[\w+=~-]{32,}/g

/** What an exec plugin printed, for the end of a sentence: one line, without secrets, cut at 300 characters. */
export function shownOutput(output: string, secrets: readonly string[]): string {
  const text = withoutTokens(hideSecrets(output, secrets))
  if (text.length <= MAX_LENGTH) return text
  return `${text.slice(0, MAX_LENGTH)}... (cut; run the plugin to see all)`
}

/** The output of a program in one line, without what looks like a secret. */
export function withoutTokens(output: string): string {
  return hideTokens(output).replaceAll(/\s+/g, ' ').trim()
}

/** The text without what looks like a token, a password or a private key, and without the user names of URLs. */
export function hideTokens(text: string): string {
  return hideUserinfo(text)
    .replaceAll(PRIVATE_KEY, HIDDEN)
    .replace(END_OF_KEY, HIDDEN)
    .replaceAll(JWT, HIDDEN)
    .replaceAll(AUTHORIZATION, `$1${HIDDEN}`)
    .replaceAll(ASSIGNED, `$1${HIDDEN}`)
    .replaceAll(OPAQUE, (word) => (isMixed(word) ? HIDDEN : word))
}

/**
 * The secrets that the exec plugin or auth provider of a kubeconfig's user knows: the values that its entry sets in its
 * environment, flags such as `--token x`, the provider's tokens, secrets in our environment, which it inherits, and user
 * names and passwords of proxies.
 */
export function pluginSecrets(
  user: Fields,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const exec = asFields(user.exec) ?? {}
  const own = listOf(exec.env).map((entry) => String(asFields(entry)?.value ?? ''))
  const args = listOf(exec.args).map(String)
  const flags = args.filter((_, i) => i > 0 && SECRET_NAME.test(args[i - 1] ?? ''))
  const provider = asFields(asFields(user['auth-provider'])?.config) ?? {}
  const stored = Object.entries(provider).filter(([name]) => SECRET_NAME.test(name))
  const inherited = Object.entries(env).flatMap(([name, value = '']) => {
    if (/_proxy$/i.test(name)) return proxyUserinfo(value)
    return SECRET_NAME.test(name) ? [value] : []
  })
  const known = [...own, ...flags, ...stored.map(([, value]) => String(value)), ...inherited]
  return known.filter(({ length }) => length >= MIN_VALUE_LENGTH)
}

/** "user:password" and "password" of a proxy, whose scheme may be missing. */
function proxyUserinfo(value: string): readonly string[] {
  const userinfo = value.slice(value.indexOf('://') < 0 ? 0 : value.indexOf('://') + 3)
  const pair = userinfo.slice(0, Math.max(0, userinfo.lastIndexOf('@')))
  return pairSecrets(pair)
}

function isMixed(word: string): boolean {
  return /[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word)
}
