// The thread that asks: at a steady rate over UDP and TCP, and in the same way of an echo server, whose latency is that
// of the machine. It judges each reply. Its parent tells it what is right, and fetches the counts of each minute.
import { createSocket, type Socket } from 'node:dgram'
import { type Socket as Connection, connect } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { decodeMessage } from '../support/dns-decode.ts'
import { encodeQuery } from '../support/dns-encode.ts'
import { frame, readFrames } from '../support/dns-frames.ts'
import { createRandom } from '../support/random.ts'
import { Histogram } from './histogram.ts'
import { Expectations } from './judge-reply.ts'
import { ACKNOWLEDGED, type LoadOptions, type LoadReport, type ToLoad } from './load-messages.ts'
import { answerText, NXDOMAIN, type Question } from './slots.ts'
import { upstreamAnswer } from './upstream-answer.ts'

interface Pending {
  readonly question: Question
  readonly upstream: string | undefined
  readonly sentAt: number
  readonly over: 'udp' | 'tcp' | 'echo'
}

const TICK_MS = 5
const ECHO_RATE = 50
const UDP_SOCKETS = 8
const TCP_CONNECTIONS = 8
/** A connection is replaced after this many questions, so that connections come and go. */
const QUESTIONS_OF_CONNECTION = 200
/** Longer than the deadline of `forward`, 5 s. */
const GIVE_UP_MS = 8000
const MAX_SAMPLES = 10
/** Names of upstreams that are asked again and again, so that most replies come from the cache. */
const KNOWN_NAMES = 50

const options = workerData as LoadOptions
const random = createRandom(1)
const expectations = new Expectations()
/** The questions whose answers change. */
const changing: Question[] = []
const now = () => performance.timeOrigin + performance.now()
for (const expected of options.steady) expectations.expect(expected, expected.answer, 0)

let report = emptyReport()
let finishing = false
let unique = 0
let waiting = 0

function emptyReport() {
  return {
    udp: new Histogram(),
    tcp: new Histogram(),
    echo: new Histogram(),
    verdicts: { right: 0, wrong: 0, lost: 0, excused: 0 },
    failures: {} as Record<string, { asked: number; failed: number }>,
    echoLost: 0,
    samples: [] as string[],
  }
}

/** 55 % steady names of objects, 15 % names whose objects change, 25 % known and 5 % new names of upstreams. */
function nextQuestion(): { question: Question; upstream: string | undefined } {
  const kind = random.int(100)
  if (kind < 70) {
    const list = kind < 15 && changing.length > 0 ? changing : options.steady
    return { question: random.pick(list), upstream: undefined }
  }
  const label = kind < 95 ? `known-${random.int(KNOWN_NAMES)}` : `new-${unique++}`
  const name = `ttl-10.${label}.upstream.test`
  return { question: { name, type: 'A' }, upstream: upstreamAnswer(name) }
}

/** Questions that wait for replies on one socket, by id. */
class Waiting {
  readonly #byId = new Map<number, Pending>()
  #id = random.int(65_536)

  get size(): number {
    return this.#byId.size
  }

  add(pending: Pending): number {
    this.#id = (this.#id + 1) & 0xffff
    this.#byId.set(this.#id, pending)
    waiting++
    return this.#id
  }

  take(id: number): Pending | undefined {
    const pending = this.#byId.get(id)
    if (this.#byId.delete(id)) waiting--
    return pending
  }

  /** Gives up what waits since before `time`. */
  giveUp(time: number): void {
    for (const [id, pending] of this.#byId) {
      if (pending.sentAt >= time) return
      this.take(id)
      end(pending, undefined)
    }
  }
}

/** Counts the end of a question; `reply` is undefined without one. */
function end(pending: Pending, reply: Uint8Array | undefined): void {
  const { question, upstream, sentAt, over } = pending
  const endedAt = now()
  if (over === 'echo') {
    if (reply === undefined) report.echoLost++
    else report.echo.add(endedAt - sentAt)
    return
  }
  if (reply !== undefined) report[over].add(endedAt - sentAt)
  const answer = reply === undefined ? undefined : textOf(reply, question)
  const asked = { question, upstream, sentAt, endedAt, answer }
  const verdict = expectations.judge(asked)
  report.verdicts[verdict]++
  const failure = expectations.failureOf(asked)
  if (failure !== undefined) {
    report.failures[failure] ??= { asked: 0, failed: 0 }
    report.failures[failure].asked++
    if (verdict === 'excused') report.failures[failure].failed++
  }
  if ((verdict === 'wrong' || verdict === 'lost') && report.samples.length < MAX_SAMPLES) {
    const wanted = upstream ?? expectations.current(question)
    const at = new Date(sentAt).toISOString().slice(11, 23)
    const got = answer ?? 'no reply'
    report.samples.push(
      `${at} ${question.name} ${question.type} over ${over}: ${got}, wanted ${wanted}`,
    )
  }
}

function textOf(reply: Uint8Array, { name, type }: Question): string {
  try {
    const { rcode, question, answers, flags } = decodeMessage(reply)
    const asked = question?.name.toLowerCase() === `${name.toLowerCase()}.`
    if (!flags.qr || flags.tc || !asked || question?.type !== type) return 'not a reply to it'
    return answerText(
      rcode,
      answers.map(({ data }) => data),
    )
  } catch (error) {
    return `malformed: ${String(error)}`
  }
}

const lookup = (_host: string, _options: object, done: (e: null, a: string, f: number) => void) =>
  done(null, '127.0.0.1', 4)

function openUdp(port: number): { socket: Socket; list: Waiting } {
  const socket = createSocket({ type: 'udp4', lookup: lookup as never })
  const list = new Waiting()
  socket.on('message', (reply) => {
    const pending = reply.length < 2 ? undefined : list.take(reply.readUInt16BE(0))
    if (pending !== undefined) end(pending, reply)
  })
  // A refused port is seen as a question without a reply.
  socket.on('error', () => {})
  socket.connect(port, '127.0.0.1')
  return { socket, list }
}

interface TcpClient {
  connection: Connection | undefined
  list: Waiting
  sent: number
}

function openTcp(client: TcpClient): Connection {
  const connection = connect({ port: options.port, host: '127.0.0.1', noDelay: true })
  const { list } = client
  readFrames(connection, (reply) => {
    const pending = list.take(Buffer.from(reply).readUInt16BE(0))
    if (pending !== undefined) end(pending, reply)
    if (client.list !== list && list.size === 0) connection.end()
  })
  connection.on('error', () => {})
  connection.on('close', () => {
    if (client.connection === connection) client.connection = undefined
    list.giveUp(Number.POSITIVE_INFINITY)
  })
  return connection
}

const udp = Array.from({ length: UDP_SOCKETS }, () => openUdp(options.port))
const echo = openUdp(options.echoPort)
const tcp = Array.from(
  { length: TCP_CONNECTIONS },
  (): TcpClient => ({ connection: undefined, list: new Waiting(), sent: 0 }),
)
// The server answers the questions of a connection one after the other, as CoreDNS does: behind a question for a silent
// upstream all others wait. So names of upstreams have connections of their own.
const [ofObjects, ofUpstreams] = [tcp.slice(0, TCP_CONNECTIONS / 2), tcp.slice(TCP_CONNECTIONS / 2)]
/** Lists of connections that get no more questions. */
const old = new Set<Waiting>()

function askUdp(): void {
  const { question, upstream } = nextQuestion()
  const { socket, list } = random.pick(udp)
  const id = list.add({ question, upstream, sentAt: now(), over: 'udp' })
  socket.send(encodeQuery({ ...question, id, edns: { size: 1232 } }))
}

function askEcho(): void {
  const question = { name: 'echo.test', type: 'A' } as const
  const id = echo.list.add({ question, upstream: undefined, sentAt: now(), over: 'echo' })
  echo.socket.send(encodeQuery({ ...question, id }))
}

function askTcp(): void {
  const { question, upstream } = nextQuestion()
  const client = random.pick(upstream === undefined ? ofObjects : ofUpstreams)
  if (client.sent >= QUESTIONS_OF_CONNECTION) {
    // The old connection ends with its last reply.
    if (client.list.size === 0) client.connection?.end()
    else old.add(client.list)
    Object.assign(client, { connection: undefined, list: new Waiting(), sent: 0 })
  }
  if (client.connection === undefined) client.connection = openTcp(client)
  client.sent++
  const id = client.list.add({ question, upstream, sentAt: now(), over: 'tcp' })
  client.connection.write(frame(encodeQuery({ ...question, id })))
}

/** Calls `ask` at a steady rate, at each tick as often as is due. */
function pace(perSecond: number, ask: () => void): () => void {
  let last = performance.now()
  let due = 0
  return () => {
    const time = performance.now()
    // After a pause of this process, what was missed is not asked at once.
    due = Math.min(due + ((time - last) * perSecond) / 1000, perSecond / 10 + 1)
    last = time
    for (; due >= 1; due--) ask()
  }
}

const paces = [
  pace(options.udpRate, askUdp),
  pace(options.tcpRate, askTcp),
  pace(ECHO_RATE, askEcho),
]
const asking = setInterval(() => {
  for (const ask of paces) ask()
}, TICK_MS)
const lists = () => [...udp, echo, ...tcp].map(({ list }) => list)
const givingUp = setInterval(() => {
  for (const list of [...lists(), ...old]) list.giveUp(now() - GIVE_UP_MS)
  for (const list of old) if (list.size === 0) old.delete(list)
  if (finishing && waiting === 0) close()
}, 100)

function sendReport(): void {
  const { udp, tcp, echo, ...counts } = report
  const message: LoadReport = {
    ...counts,
    udp: udp.counts(),
    tcp: tcp.counts(),
    echo: echo.counts(),
  }
  report = emptyReport()
  parentPort?.postMessage(message)
}

function close(): void {
  clearInterval(givingUp)
  for (const { socket } of [...udp, echo]) socket.close()
  for (const { connection } of tcp) connection?.destroy()
  sendReport()
  parentPort?.close()
}

parentPort?.on('message', (message: ToLoad) => {
  switch (message.kind) {
    case 'allow':
      for (const expected of message.answers) {
        if (expectations.current(expected) === undefined) {
          changing.push(expected)
          expectations.expect(expected, NXDOMAIN, 0)
        }
        expectations.allow(expected, expected.answer)
      }
      parentPort?.postMessage(ACKNOWLEDGED)
      return
    case 'expect':
      for (const expected of message.answers) {
        expectations.expect(expected, expected.answer, message.until)
      }
      return
    case 'fail':
      expectations.beginFailure(message.from, message.what)
      parentPort?.postMessage(ACKNOWLEDGED)
      return
    case 'recover':
      return expectations.endFailure(message.until)
    case 'report':
      return sendReport()
    case 'finish':
      clearInterval(asking)
      finishing = true
  }
})
