import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { Stage } from './stage.ts'

/**
 * One Chromium, one production build, the production policy for all tests of a file: whatever a suite does, the
 * policy is never violated and the console stays empty.
 * @returns the stage, once a test runs
 */
export function oneStage(): () => Stage {
  let stage: Stage | null = null

  beforeAll(async () => {
    stage = await Stage.start()
  }, 60_000)

  afterEach(async () => {
    expect(await stage?.clear()).toEqual([])
  })

  afterAll(async () => {
    await stage?.stop()
  })

  return () => {
    if (stage === null) throw new Error('the stage has not started')
    return stage
  }
}
