import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import type { RealtimeServer } from '../../realtime-server/index.ts'
import type { Parley } from '../parley.ts'
import { outside } from '../world.ts'

/** Of api.openai.com and everything at openai.azure.com; nobody trusts it but who is told to. Made for these tests, good for a hundred years. */
const CERTIFICATE = join(import.meta.dirname, 'certificate.pem')
const KEY = join(import.meta.dirname, 'key.pem')

/** The world beyond this computer as a proxy shows it: whatever server is asked for, a scripted one answers, with a certificate for its name. */
export interface Away {
  /** To be added to Parley's environment. */
  readonly env: Readonly<Record<string, string>>
  /** Hosts that were asked for, with their ports. */
  readonly asked: readonly string[]
  /** Whether the way is open; closed, the proxy says no. */
  open: boolean
  /** Puts the proxy into Parley's system settings. */
  lead(parley: Parley): Promise<void>
  stop(): Promise<void>
}

/** Starts it. @param server who answers; nobody else is ever reached */
export async function startAway(server: RealtimeServer): Promise<Away> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const identity = { cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) }
  const proxy = createServer((_request, response) => response.writeHead(405).end())
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }
  proxy.on('connection', keep)
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '')
    if (!away.open) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    const inside = new TLSSocket(socket, { isServer: true, ...identity })
    const answering = connect(server.port, '127.0.0.1')
    keep(inside)
    keep(answering)
    inside.pipe(answering).pipe(inside)
    inside.on('close', () => answering.destroy())
    answering.on('close', () => inside.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const address = `127.0.0.1:${String((proxy.address() as AddressInfo).port)}`
  const away: Away = {
    env: { NODE_EXTRA_CA_CERTS: CERTIFICATE },
    asked,
    open: true,
    lead: (parley) => outside(parley, (world, to) => world.setProxy(`PROXY ${to}`), address),
    stop: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => proxy.close(() => resolve()))
    },
  }
  return away
}
