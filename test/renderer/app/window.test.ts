import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { Stage } from './harness/stage.ts'
import { conversationSuite } from './suites/conversation.ts'
import { everyViewSuite } from './suites/every-view.ts'
import { footerSuite } from './suites/footer.ts'
import { onboardingSuite } from './suites/onboarding.ts'
import { personaSuite } from './suites/personas.ts'
import { filesSuite, settingsSuite, talkKeySettingsSuite } from './suites/settings.ts'
import { overlaySuite } from './suites/overlay.ts'
import { stripSuite } from './suites/strips.ts'
import { talkSuite } from './suites/talk.ts'

// One Chromium, one production build, the production policy: whatever a suite does, the policy is
// never violated and the console stays empty.
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

const started = (): Stage => {
  if (stage === null) throw new Error('the stage has not started')
  return stage
}

everyViewSuite(started)
talkSuite(started)
footerSuite(started)
conversationSuite(started)
stripSuite(started)
onboardingSuite(started)
settingsSuite(started)
filesSuite(started)
talkKeySettingsSuite(started)
personaSuite(started)
overlaySuite(started)
