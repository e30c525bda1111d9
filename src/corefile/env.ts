// Replaces {%NAME%} and {$NAME} in tokens by environment variables; an unset variable is ''. References in values
// are replaced, too, as in CoreDNS (caddyfile/parse.go replaceEnvVars). CoreDNS never returns when a variable refers
// to itself; here that is an error.

/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>

/** Replacements in one token, and its length in characters, above which references are a loop. */
const MAX_ROUNDS = 1000
const MAX_SIZE = 1 << 20

/** The text with all references replaced; undefined when they form a loop. */
export function replaceEnv(text: string, env: Env): string | undefined {
  const once = replaceReferences(text, '{%', '%}', env)
  return once === undefined ? undefined : replaceReferences(once, '{$', '}', env)
}

function replaceReferences(
  text: string,
  open: string,
  close: string,
  env: Env,
): string | undefined {
  let result = text
  for (let round = 0; ; round++) {
    const start = result.indexOf(open)
    if (start < 0) return result
    const end = result.indexOf(close, start)
    // "{$}" or an unterminated reference stays unchanged, and so does the text after it.
    if (end <= start + open.length) return result
    if (round === MAX_ROUNDS || result.length > MAX_SIZE) return undefined
    const name = result.slice(start + open.length, end)
    // `{$constructor}` must not read the prototype of `env`.
    const value = Object.hasOwn(env, name) ? (env[name] ?? '') : ''
    result = result.replaceAll(result.slice(start, end + close.length), () => value)
  }
}
