// Node's HTTP modules. An `import` of `node:http` evaluates all its exports, and WebSocket among them loads undici: 16 MB.
// `node:https` loads OpenSSL's tables, 6 MB, so it is loaded with its first use.

/** node:http without undici. */
export const http: typeof import('node:http') = process.getBuiltinModule('node:http')

/** node:https. */
export function loadHttps(): typeof import('node:https') {
  return process.getBuiltinModule('node:https')
}
