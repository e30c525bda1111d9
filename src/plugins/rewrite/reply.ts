// The reply to a rewritten query as the reply to the client's query.
import { FLAG_TC, HEADER_SIZE, MESSAGE_MAX_SIZE, SERVFAIL } from '../../dns/codes.ts'
import { decodeMessage, encodeMessage, type Message } from '../../dns/message.ts'
import { type Answer, emptyReply, isReply, isWire, type Query, type Reply } from '../chain.ts'
import { encodeOptions, readOptions } from './options.ts'
import type { Question } from './question.ts'
import {
  type Cell,
  InvalidName,
  type Response,
  type ResponseRule,
  rewriteResponse,
} from './response.ts'

/** What a reply is changed by. */
export interface ReplyContext {
  /** The client's query. */
  readonly query: Query
  readonly question: Question
  readonly rules: readonly ResponseRule[]
  /** The codes of EDNS options that a reply repeats. */
  readonly echoed: ReadonlySet<number>
}

/** The largest rcode without OPT (RFC 6891 section 6.1.3). */
const MAX_PLAIN_RCODE = 15

/** The client's reply. A reply that is malformed, or becomes so, is SERVFAIL with an error. */
export async function rewrittenReply(answer: Answer, context: ReplyContext): Promise<Answer> {
  try {
    if (isReply(answer)) return await records(answer, context)
    if (isWire(answer)) return await message(answer.wire, context)
    return answer
  } catch (error) {
    if (error instanceof InvalidName) return emptyReply(SERVFAIL, error.message)
    throw error
  }
}

async function records(reply: Reply, context: ReplyContext): Promise<Reply> {
  const response = responseOf(reply.rcode, reply, ((reply.flags ?? 0) & FLAG_TC) !== 0)
  await rewriteResponse(response, context.rules)
  const flags = flagsOf(reply.flags ?? 0, response)
  const options = echoedOptions(context)
  return {
    ...reply,
    ...recordsOf(response),
    flags,
    rcode: usableRcode(response.rcode, context),
    ...(options === undefined ? {} : { options }),
  }
}

async function message(wire: Uint8Array, context: ReplyContext): Promise<Answer> {
  const decoded = decodeMessage(wire)
  if (decoded === undefined) return emptyReply(SERVFAIL, 'the reply is malformed')
  const rcode = (decoded.flags & 0xf) | ((decoded.opt?.extendedRcode ?? 0) << 4)
  const response = responseOf(rcode, decoded, (decoded.flags & FLAG_TC) !== 0)
  await rewriteResponse(response, context.rules)
  const { request, wire: asked } = context.query
  const name = asked.slice(HEADER_SIZE, HEADER_SIZE + request.nameLength)
  const changed = usableRcode(response.rcode, context)
  const flags = (flagsOf(decoded.flags, response) & ~0xf) | (changed & 0xf)
  const opt = optOf(decoded, changed, context)
  const questions = [{ name, type: request.type, class: request.class }]
  const { id } = decoded
  const result = {
    id,
    flags,
    questions,
    ...recordsOf(response),
    ...(opt === undefined ? {} : { opt }),
  }
  return { wire: encodeMessage(result, MESSAGE_MAX_SIZE) }
}

function responseOf(
  rcode: number,
  { answers, authorities, additionals }: Pick<Message, 'answers' | 'authorities' | 'additionals'>,
  isTruncated: boolean,
): Response {
  const [answerCells, authorityCells, additionalCells] = [answers, authorities, additionals].map(
    (section) => section.map((rr): Cell => ({ rr })),
  )
  return {
    rcode,
    isTruncated,
    answers: answerCells!,
    authorities: authorityCells!,
    additionals: additionalCells!,
  }
}

function recordsOf({ answers, authorities, additionals }: Response) {
  const of = (cells: readonly Cell[]) => cells.map(({ rr }) => rr)
  return { answers: of(answers), authorities: of(authorities), additionals: of(additionals) }
}

function flagsOf(flags: number, { isTruncated }: Response): number {
  return isTruncated ? flags | FLAG_TC : flags & ~FLAG_TC
}

/** A client without EDNS cannot be told a high rcode, whose lower bits may be those of NOERROR. */
function usableRcode(rcode: number, { query }: ReplyContext): number {
  return rcode > MAX_PLAIN_RCODE && !query.request.hasOpt ? SERVFAIL : rcode
}

/** OPT of the changed reply: that of the upstream, or one with the options of the query. */
function optOf({ opt }: Message, rcode: number, context: ReplyContext): Message['opt'] {
  const extendedRcode = rcode >> 4
  if (opt !== undefined) {
    const options = readOptions(opt.options, 0, opt.options.length)
    return { ...opt, extendedRcode, options: encodeOptions(reverted(options, context)) }
  }
  const options = echoedOptions(context)
  if (options === undefined && rcode <= MAX_PLAIN_RCODE) return undefined
  return { size: 0, version: 0, flags: 0, extendedRcode, options: options ?? new Uint8Array(0) }
}

/** The options that a reply without OPT of an upstream repeats, if a rule has changed them. */
function echoedOptions(context: ReplyContext): Uint8Array | undefined {
  const { question, echoed } = context
  if (!question.hasNewOptions) return undefined
  const options = reverted(question.opt?.options ?? [], context)
  return encodeOptions(options.filter(({ code }) => echoed.has(code)))
}

function reverted(options: ReturnType<typeof readOptions>, { rules }: ReplyContext) {
  return rules.toReversed().reduce((result, rule) => rule.options?.(result) ?? result, options)
}
