// Preloaded into a server by `node --import`: every 50 ms and at exit, writes what its control thread has loaded to the file LOADED_MODULES, as
// a JSON list of npm packages ("pino") and of Node's own modules ("node:https").
import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const file = process.env.LOADED_MODULES
const packages = new Set<string>()

registerHooks({
  load(url, context, next) {
    const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]
    if (name !== undefined) packages.add(name)
    return next(url, context)
  },
})

const write = () => {
  if (file === undefined) return
  const { moduleLoadList } = process as unknown as { readonly moduleLoadList: readonly string[] }
  const own = moduleLoadList.flatMap((line) => /^NativeModule (.*)$/.exec(line)?.[1] ?? [])
  writeFileSync(file, JSON.stringify([...packages, ...own.map((name) => `node:${name}`)]))
}

setInterval(write, 50).unref()
process.once('exit', write)
