// {%NAME%} and {$NAME} in tokens become environment variables; an unset one is ''. A value is searched
// for references again, as in CoreDNS (caddyfile/parse.go replaceEnvVars), which never returns when a
// variable refers to itself; here that is an error.

export type Env = Readonly<Record<string, string | undefined>>

const MAX_ROUNDS = 1000
const MAX_SIZE = 1 << 20

/** The text with all references replaced; undefined when they would never end. */
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
    // "{$}" and a reference without an end stay as they are, and so does all behind them.
    if (end <= start + open.length) return result
    if (round === MAX_ROUNDS || result.length > MAX_SIZE) return undefined
    const name = result.slice(start + open.length, end)
    // `{$constructor}` is no variable, whatever the prototype of `env` has.
    const value = Object.hasOwn(env, name) ? (env[name] ?? '') : ''
    result = result.replaceAll(result.slice(start, end + close.length), () => value)
  }
}
