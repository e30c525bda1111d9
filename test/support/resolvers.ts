// Runs real resolvers with strict QNAME minimisation (RFC 9156): Unbound and BIND, on a free loopback port, with all
// questions for one zone sent to one server.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, startChild } from './child.ts'
import { freePort } from './free-port.ts'
import { waitFor } from './wait-for.ts'

export interface Resolver {
  readonly port: number
  readonly child: Child
  readonly stop: () => Promise<void>
}

interface Delegation {
  /** Without a final dot. */
  readonly zone: string
  /** The port of its server on 127.0.0.1. */
  readonly port: number
}

interface Program {
  readonly args: (config: string) => readonly string[]
  readonly config: (folder: string, port: number, to: Delegation) => string
  /** Matches the output once the program answers. */
  readonly banner: RegExp
}

const unbound: Program = {
  args: (config) => ['-d', '-p', '-c', config],
  config: (folder, port, to) => `server:
  interface: 127.0.0.1
  port: ${port}
  directory: "${folder}"
  chroot: ""
  username: ""
  use-syslog: no
  verbosity: 1
  do-ip6: no
  do-not-query-localhost: no
  module-config: "iterator"
  qname-minimisation: yes
  qname-minimisation-strict: yes
remote-control:
  control-enable: no
stub-zone:
  name: "${to.zone}"
  stub-addr: 127.0.0.1@${to.port}
`,
  banner: /start of service/,
}

const bind: Program = {
  args: (config) => ['-g', '-4', '-n', '1', '-c', config],
  // `port` is the port of the servers that BIND asks: a static-stub zone has no port of its own.
  config: (folder, port, to) => `options {
  directory "${folder}";
  port ${to.port};
  listen-on port ${port} { 127.0.0.1; };
  pid-file none;
  session-keyfile none;
  recursion yes;
  dnssec-validation no;
  qname-minimization strict;
};
controls { };
zone "${to.zone}" {
  type static-stub;
  server-addresses { 127.0.0.1; };
};
`,
  banner: /running$/m,
}

/** The resolvers by the name of their program, which is in the Debian packages unbound and bind9. */
export const resolvers = { unbound, named: bind } as const

/** Starts a resolver that asks the server of `to` for the names of its zone; resolves when it listens. */
export async function startResolver(
  name: keyof typeof resolvers,
  file: string,
  to: Delegation,
): Promise<Resolver> {
  const program = resolvers[name]
  const folder = await mkdtemp(join(tmpdir(), `${name}-`))
  const config = join(folder, 'resolver.conf')
  const port = await freePort()
  await writeFile(config, program.config(folder, port, to))
  const child = startChild(name, file, program.args(config))
  const stop = async () => {
    await child.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await waitFor(
      `${name} listens`,
      () => !child.running() || program.banner.test(child.output()),
      { detail: child.tail },
    )
    if (!child.running()) throw new Error(`${name} did not start\n${child.tail()}`)
  } catch (error) {
    await stop()
    throw error
  }
  return { port, child, stop }
}
