import { spawn, spawnSync } from 'node:child_process'
import { connect, type Socket } from 'node:net'

/** Keycodes of the X server's usual layout. xdotool's key names would press further modifiers of its own accord. */
export const X_KEYS = { F8: 74, ControlRight: 105, ControlLeft: 37, AltLeft: 64, KeyC: 54, Space: 65 } as const
export type XKey = keyof typeof X_KEYS

/**
 * A private X display whose keys are pressed by xdotool. It ends with this process and not before:
 * the native hook keeps a connection as long as it is loaded, and its loss would end the process.
 */
export class XDisplay {
  readonly name: string

  static async start(): Promise<XDisplay> {
    const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '640x480x24', '-nolisten', 'tcp', '-terminate'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      detached: true,
    })
    const out = server.stdio[3] as Socket
    const number = await new Promise<string>((resolve, reject) => {
      server.once('error', reject)
      server.once('exit', () => {
        reject(new Error('Xvfb ended before it was ready.'))
      })
      let said = ''
      out.on('data', (data: Buffer) => {
        said += data.toString()
        if (said.endsWith('\n')) resolve(said.trim())
      })
    })
    server.unref()
    out.unref()
    // `-terminate`: the server ends with its last client. Space grabbed with all modifiers harms nobody.
    const keeper = await KeyGrab.make(number, X_KEYS.Space, 0xff, () => undefined)
    keeper.unref()
    return new XDisplay(`:${number}`)
  }

  private constructor(name: string) {
    this.name = name
  }

  /** Presses and releases: `down F8`, `up F8`, `click`. Returns when the server has them. */
  keys(...actions: (`down ${XKey}` | `up ${XKey}` | 'click')[]): void {
    const args = actions.flatMap((action) => {
      const [what = '', key] = action.split(' ')
      return key === undefined ? ['click', '1'] : [`key${what}`, String(X_KEYS[key as XKey])]
    })
    this.#xdotool(...args)
  }

  #xdotool(...args: string[]): void {
    const { status, stderr } = spawnSync('xdotool', args, { env: { ...process.env, DISPLAY: this.name } })
    if (status !== 0) throw new Error(`xdotool failed: ${stderr.toString()}`)
  }

  /** Gives the keyboard to the window of this title, waiting until there is one. */
  focus(title: string): void {
    this.#xdotool('search', '--sync', '--onlyvisible', '--name', title, 'windowfocus', '--sync')
  }

  /** Takes a key away from everybody else, as Electron's global shortcut does on X11; `modifiers`: Control 4, Alt 8. */
  grab(key: XKey, modifiers: number, onPress: () => void): Promise<KeyGrab> {
    return KeyGrab.make(this.name.slice(1), X_KEYS[key], modifiers, onPress)
  }
}

/** The few requests of X11 that a key grab takes. */
export class KeyGrab {
  readonly #socket: Socket

  static make(display: string, keycode: number, modifiers: number, onPress: () => void): Promise<KeyGrab> {
    return new Promise((resolve, reject) => {
      const socket = connect(`/tmp/.X11-unix/X${display}`)
      let data = Buffer.alloc(0)
      let ready = false
      socket.once('error', reject)
      const hello = Buffer.alloc(12)
      hello.write('l')
      hello.writeUInt16LE(11, 2)
      socket.write(hello)
      socket.on('data', (chunk) => {
        data = Buffer.concat([data, chunk])
        if (!ready) {
          if (data.length < 8 || data.length < 8 + data.readUInt16LE(6) * 4) return
          const root = data.readUInt32LE(40 + Math.ceil(data.readUInt16LE(24) / 4) * 4 + data.readUInt8(29) * 8)
          data = data.subarray(8 + data.readUInt16LE(6) * 4)
          ready = true
          const grab = Buffer.alloc(16)
          grab.writeUInt8(33, 0) // GrabKey
          grab.writeUInt8(1, 1)
          grab.writeUInt16LE(4, 2)
          grab.writeUInt32LE(root, 4)
          grab.writeUInt16LE(modifiers, 8)
          grab.writeUInt8(keycode, 10)
          grab.writeUInt8(1, 11) // pointer and keyboard go on
          grab.writeUInt8(1, 12)
          const sync = Buffer.alloc(4)
          sync.writeUInt8(43, 0) // GetInputFocus: its reply shows that the grab is in force
          sync.writeUInt16LE(1, 2)
          socket.write(Buffer.concat([grab, sync]))
        }
        while (data.length >= 32) {
          const kind = data.readUInt8(0)
          data = data.subarray(32)
          if (kind === 0) reject(new Error('The key could not be grabbed.'))
          else if (kind === 1) resolve(new KeyGrab(socket))
          else if (kind === 2) onPress()
        }
      })
    })
  }

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  unref(): void {
    this.#socket.unref()
  }

  release(): void {
    this.#socket.destroy()
  }
}
