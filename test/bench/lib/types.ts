/** One line of the table of results. */
export interface Result {
  /** Number of the goal. */
  goal: number
  /** What exactly was measured, in words. */
  name: string
  /** Median of Parley's rounds. */
  ours: number
  /** Median of each peer's rounds, by name and version. */
  peers: Record<string, number>
  unit: string
  /** `ours` divided by the peer that the target names; null where the target is absolute. */
  ratio: number | null
  /** The goal in words. */
  target: string
  /** Whether this run reached it; null where it only informs. */
  met: boolean | null
  rounds: number
  /** The control peer against itself; null where nothing is compared. */
  control: number | null
  /** The control was outside 0.9–1.1: the machine was too restless for a ratio, nothing is shown by this line. */
  void: boolean
  /** What a reader has to know: what is missing in it, what else was seen. */
  note: string
}

export interface Options {
  /** Fewer rounds and shorter streams: shows that everything works, settles nothing. */
  quick: boolean
  /** The goal has been measured before in this run, and was void. */
  again: boolean
  /** Says what is being done. */
  progress: (text: string) => void
}

/** One goal: measures and returns its lines. */
export interface Goal {
  number: number
  title: string
  /** Needs Chromium and the virtual sound card. */
  sound: boolean
  run(options: Options): Promise<Result[]>
}
