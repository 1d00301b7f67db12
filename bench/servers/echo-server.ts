/** The least that `node:http` can do with a logging request: read the body, answer `{}`. */
import { createServer } from 'node:http'

createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    Buffer.concat(parts)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 2 })
    response.end('{}')
  })
}).listen(Number(process.argv[2]), '127.0.0.1')
