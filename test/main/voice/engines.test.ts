import { RealtimeEngine } from '../../../main/voice/realtime-engine.ts'
import { startRealtimeServer, tone } from '../../realtime-server/index.ts'
import { conformance } from './conformance.ts'
import { LiveEngine } from './live-engine.ts'
import { wireTo } from './wire-to.ts'

conformance('RealtimeEngine', async () => {
  const server = await startRealtimeServer({ answer: { pcm: tone(1000), text: 'Hello there, this is a test.', speed: 20, chunkMs: 100 } })
  return {
    engine: new RealtimeEngine(wireTo(server)),
    endByServer: () => {
      server.connection.close(1011, 'server error')
    },
    heardByServer: () => server.connections.reduce((sum, connection) => sum + connection.appended.length, 0),
    stop: () => server.stop(),
  }
})

conformance('an engine shaped like the Live API', () => {
  const engine = new LiveEngine()
  return Promise.resolve({
    engine,
    endByServer: () => {
      engine.endByServer()
    },
    heardByServer: () => engine.heardByServer,
    stop: () => Promise.resolve(),
  })
})
