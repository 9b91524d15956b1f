import type { ReactNode } from 'react'
import { settingsSchema, type Settings, type SettingsPatch } from '../../../shared/settings.ts'

/** A setting that a window may change. */
export type SettingName = keyof SettingsPatch

/** Every row that the settings can have. The end-to-end tests hold one deed for each (`test/e2e/rows/`). */
export type RowId =
  // talking
  | 'turnMode'
  | 'pace'
  | 'byMeaning'
  | 'armed'
  | 'halfDuplex'
  | 'cues'
  | 'personas'
  | 'talkKey'
  | 'talkKeyAutomatic'
  | 'talkKeyTapMs'
  | 'commands'
  // sound
  | 'microphone'
  | 'armBluetooth'
  | 'speaker'
  | 'volume'
  | 'speed'
  // connection and costs
  | 'endpoint'
  | 'model'
  | 'voice'
  | 'forget'
  | 'capSessionUsd'
  | 'capDayUsd'
  | 'capDayMinutes'
  | 'idleStopMinutes'
  // desktop
  | 'overlay'
  | 'overlayFollows'
  | 'overlayProtected'
  | 'startAtLogin'
  | 'closeToTray'
  | 'language'
  | 'theme'
  // privacy and about
  | 'keepHistory'
  | 'keepSound'
  | 'deleteAll'
  | 'logs'
  | 'diagnostics'
  | 'version'
  | 'licences'
  | 'firstSteps'

/** One row of the settings: what it is called, what belongs to it, and its control. */
export interface RowSpec {
  id: RowId
  /** As it is shown with the control. */
  label: string
  /** The remark below the control. */
  hint?: string
  /** What else a person may call it or choose in it, for the search. */
  words?: readonly string[]
  /** What it sets; empty for a row that only does or tells something. */
  settings: readonly SettingName[]
  /** Shown only now and then (what holds on the open line alone); a search finds it always. */
  hidden?: boolean
  content: ReactNode
}

/** Rows under one heading. */
export interface SectionSpec {
  id: string
  title: string
  rows: readonly RowSpec[]
}

const DEFAULTS: Settings = settingsSchema.parse({})

/** What a row is reset to. */
export function defaultsOf(row: Pick<RowSpec, 'settings'>): SettingsPatch {
  return Object.fromEntries(row.settings.map((name) => [name, DEFAULTS[name]]))
}

/** Whether a row differs from what Parley comes with. */
export function isChanged(row: Pick<RowSpec, 'settings'>, settings: Settings): boolean {
  return row.settings.some((name) => JSON.stringify(settings[name]) !== JSON.stringify(DEFAULTS[name]))
}

/** The rows that a search finds, in their sections; every word must occur in the row or its heading. An empty search finds all that is shown now. */
export function matching(sections: readonly SectionSpec[], query: string): SectionSpec[] {
  const wanted = plain(query).split(/\s+/).filter((word) => word !== '')
  return sections
    .map((section) => ({
      ...section,
      rows: section.rows.filter((row) => {
        if (wanted.length === 0) return row.hidden !== true
        const text = plain([section.title, row.label, row.hint ?? '', ...(row.words ?? [])].join(' '))
        return wanted.every((word) => text.includes(word))
      }),
    }))
    .filter((section) => section.rows.length > 0)
}

/** Text as it is compared: small letters, without accents. */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{Mark}/gu, '').toLowerCase().replaceAll('ß', 'ss')
}
