import { playControl } from '../../sound-card/index.ts'
import { cutBesideControl, cutBurst, type Cut } from './answers.ts'
import { interleave, type Rounds } from './rounds.ts'
import type { Line } from './script-server.ts'
import { PLAYERS, Stage, useStandIn, type PlayerName } from './stage.ts'
import type { Options } from './types.ts'

let series: Promise<Rounds<Cut>> | null = null

/** One series of cut bursts for the goals 7, 8 and 10: the same answer to all, in turn. @param anew not the one that was made before */
export function cutSeries(options: Options, anew = false): Promise<Rounds<Cut>> {
  if (anew) series = null
  series ??= measure(options)
  return series
}

/** On which Electron the app ran, for the notes. */
export const ELECTRON = useStandIn()

export const CONTROL_NOTE = 'a cut of Parley’s beside which the machine broke a control tone is made again'

export function transportNote(): string {
  return ELECTRON === 'Electron' ? 'on Electron' : 'on the stand-in, whose transport from main to the sound room is included; on Electron: the same command where Electron is installed'
}

async function measure(options: Options): Promise<Rounds<Cut>> {
  const stage = await Stage.start()
  try {
    const { line: own, soundRoom } = await stage.app()
    await playControl(soundRoom)
    const lines: [string, Line][] = [['Parley', own]]
    for (const name of ['wavtools', 'elevenlabs', 'onended'] satisfies PlayerName[]) lines.push([PLAYERS[name], await stage.peer(name)])
    // The first answer of each is not counted: contexts and code are warm from then on.
    for (const [name, line] of lines) {
      options.progress(`warm-up ${name}`)
      await cutBurst(stage, line, 800)
    }
    const contenders = lines.map(([name, line]) => ({
      name,
      // Not always at the same place of a device buffer or of the tone.
      measure: (round: number) => (line === own ? cutBesideControl : cutBurst)(stage, line, (options.quick ? 800 : 3000) + ((round * 37) % 100)),
    }))
    return await interleave(contenders, PLAYERS.wavtools, options.quick ? 5 : 20, options)
  } finally {
    await stage.stop()
  }
}
