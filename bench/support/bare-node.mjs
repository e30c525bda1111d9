// Node with two idle workers: what our threads cost before they load anything. No TypeScript, whose loading costs 20 MB.
import { Worker } from 'node:worker_threads'

for (let i = 0; i < 2; i++) new Worker('setInterval(() => {}, 1000)', { eval: true })
setInterval(() => {}, 1000)
