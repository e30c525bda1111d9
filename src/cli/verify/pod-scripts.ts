// What the Pods of `verify` run: text for `node -e`, so that any image with Node 20.16 or later will do.
import { asFields } from '../../kube/fields.ts'

/** Where the server listens: a port that needs no privilege. */
export const SERVER_PORT = 8080

/** Answers each HTTP request with $ANSWER, on all addresses of the Pod. */
export const SERVER_SCRIPT = `
process.getBuiltinModule('node:http')
  .createServer((_request, response) => response.end(process.env.ANSWER))
  .listen(Number(process.env.SERVER_PORT ?? ${SERVER_PORT}))
process.on('SIGTERM', () => process.exit(0))
`

/**
 * Resolves $NAME as every program of the Pod does, then asks each address at $PORT for $ANSWER, for at most $SECONDS each, and
 * writes a report to the Pod's termination message, or to $REPORT.
 */
export const CLIENT_SCRIPT = `
const { NAME, PORT, ANSWER, SECONDS, REPORT = '/dev/termination-log' } = process.env
const { lookup } = process.getBuiltinModule('node:dns/promises')
const http = process.getBuiltinModule('node:http')
const get = (host) => new Promise((resolve, reject) => {
  const request = http.get({ host, port: PORT, timeout: 2000, agent: false }, (response) => {
    let text = ''
    response.on('data', (data) => { text += data })
    response.on('end', () => resolve(text))
  })
  request.on('timeout', () => request.destroy(new Error('no answer within 2 s')))
  request.on('error', reject)
})
const timed = async (work) => {
  const start = performance.now()
  let error = ''
  for (;;) {
    try {
      const values = await work()
      return { ms: performance.now() - start, values, error: '' }
    } catch (caught) {
      error = String(caught.message).slice(0, 500)
    }
    const ms = performance.now() - start
    if (ms > SECONDS * 1000) return { ms, values: [], error }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
const main = async () => {
  const dns = await timed(async () => (await lookup(NAME, { all: true })).map(({ address }) => address))
  const ask = async (address) => {
    const answer = await get(address)
    if (answer !== ANSWER) throw new Error(address + ' answers ' + JSON.stringify(answer.slice(0, 100)))
    return address
  }
  const connect = dns.values.length === 0
    ? { ms: 0, values: [], error: 'the name has no address' }
    : await timed(() => Promise.all(dns.values.map(ask)))
  process.getBuiltinModule('node:fs').writeFileSync(REPORT, JSON.stringify({ dns, connect }))
}
main()
`

/** One part of the client's report. */
export interface Timed {
  readonly ms: number
  /** Addresses: those of the name, or those that answered. */
  readonly values: readonly string[]
  /** Why there are none; '' for success. */
  readonly error: string
}

/** What the client found out. */
export interface ClientReport {
  readonly dns: Timed
  readonly connect: Timed
}

/** The report in a termination message; undefined when it is none. */
export function readReport(message: string): ClientReport | undefined {
  let raw: unknown
  try {
    raw = JSON.parse(message)
  } catch {
    return undefined
  }
  const dns = readTimed(asFields(raw)?.dns)
  const connect = readTimed(asFields(raw)?.connect)
  return dns && connect && { dns, connect }
}

function readTimed(raw: unknown): Timed | undefined {
  const { ms, values, error } = asFields(raw) ?? {}
  if (typeof ms !== 'number' || typeof error !== 'string' || !Array.isArray(values))
    return undefined
  return { ms, error, values: values.filter((one) => typeof one === 'string') }
}
