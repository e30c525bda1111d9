// Echoes every request with QR set, to measure the limit of node:dgram.
import { createSocket } from 'node:dgram'

const socket = createSocket({
  type: 'udp4',
  lookup: (host, _options, done) => done(null, host, 4),
})
socket.on('message', (request, { port, address }) => {
  request[2] = request[2]! | 0x80
  socket.send(request, 0, request.length, port, address)
})
socket.bind(Number(process.argv[2]), '127.0.0.1', () => process.stdout.write('ready\n'))
