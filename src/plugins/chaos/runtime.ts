// `chaos` at query time (coredns plugin/chaos). The packet path hands all questions of class CH to the chain.
import { HEADER_SIZE, NOERROR, TYPE_TXT } from '../../dns/codes.ts'
import type { RR } from '../../dns/message.ts'
import { nameToText } from '../../dns/name.ts'
import { emptyReply, type Handler } from '../chain.ts'
import type { Runtime } from '../runtime.ts'
import type { ChaosConfig } from './setup.ts'

const CLASS_CH = 3

export const chaosRuntime: Runtime<ChaosConfig> = (config) => ({
  handler: chaosHandler(config),
  keepsPacketPath: true,
})

function chaosHandler(config: ChaosConfig): Handler {
  return {
    name: 'chaos',
    async handle({ request, wire }, next) {
      if (request.class !== CLASS_CH || request.type !== TYPE_TXT) return next()
      const texts = textsOf(nameToText(request.name), config)
      if (texts === undefined) return next()
      const name = wire.slice(HEADER_SIZE, HEADER_SIZE + request.nameLength)
      const answers = texts.map((text) => txt(name, text))
      return { ...emptyReply(NOERROR), answers }
    },
  }
}

/** The texts of a name in lower case; undefined if it is not one of the server. */
function textsOf(name: string, { version, authors, hostname }: ChaosConfig) {
  switch (name) {
    case 'version.bind.':
    case 'version.server.':
      return [version]
    case 'hostname.bind.':
    case 'id.server.':
      return [hostname]
    case 'authors.bind.':
      return shuffled(authors)
    default:
      return undefined
  }
}

function shuffled(items: readonly string[]): readonly string[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

function txt(name: Uint8Array, text: string): RR {
  const bytes = Buffer.from(text)
  const data = Uint8Array.of(bytes.length, ...bytes)
  return { name, type: TYPE_TXT, class: CLASS_CH, ttl: 0, data }
}
