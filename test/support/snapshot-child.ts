// Run as a program: writes snapshots without end, each of the Namespaces n0, n1... with its number as text, and prints the
// number of each that is written. Arguments: the file, the number of the first one, the origin as JSON. It imports little, since
// it is started 500 times.
import { writeSnapshot } from '../../src/sources/snapshot/write.ts'

const OBJECTS = 20_000
const [file = '', first = '0', json = ''] = process.argv.slice(2)
const origin = JSON.parse(json)

function* records(text: string) {
  for (let i = 0; i < OBJECTS; i++) yield { kind: 'n', key: `n${i}`, text } as const
}

for (let number = Number(first); ; number++) {
  process.stdout.write(`begun ${number}\n`)
  await writeSnapshot({
    file,
    origin,
    records: records(String(number)),
    confirmedAt: () => Date.now(),
    pause: async () => {},
  })
  process.stdout.write(`written ${number}\n`)
}
