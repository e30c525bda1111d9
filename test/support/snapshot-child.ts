// Run as a program: writes snapshots without end, each of the Namespaces n0, n1... with its number as text, and prints the
// number of each that is written. Arguments: the file, the number of the first one.
import { writeSnapshot } from '../../src/sources/snapshot/write.ts'
import { ORIGIN } from './snapshot-objects.ts'

const OBJECTS = 20_000
const [file = '', first = '0'] = process.argv.slice(2)

function* records(text: string) {
  for (let i = 0; i < OBJECTS; i++) yield { kind: 'n', key: `n${i}`, text } as const
}

for (let number = Number(first); ; number++) {
  process.stdout.write(`begun ${number}\n`)
  await writeSnapshot({
    file,
    origin: ORIGIN,
    records: records(String(number)),
    confirmedAt: () => Date.now(),
    pause: async () => {},
  })
  process.stdout.write(`written ${number}\n`)
}
