// A server in a process of its own, so that its memory can be looked at. Talks to its parent only.
import { artifactServer } from './testing.ts'

const server = await artifactServer()
process.on('message', (message) => {
  // Kilobytes, the most that there ever was.
  if (message === 'memory') process.send!({ maxRss: process.resourceUsage().maxRSS * 1024 })
  else void server[Symbol.asyncDispose]().then(() => process.exit(0))
})
process.send!({ url: server.url, proxied: server.proxied })
