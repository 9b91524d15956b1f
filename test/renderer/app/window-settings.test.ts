import { oneStage } from './harness/one-stage.ts'
import { focusSuite } from './suites/focus.ts'
import { onboardingSuite } from './suites/onboarding.ts'
import { personaSuite } from './suites/personas.ts'
import { filesSuite, settingsSuite, talkKeySettingsSuite } from './suites/settings.ts'

const stage = oneStage()

onboardingSuite(stage)
focusSuite(stage)
settingsSuite(stage)
filesSuite(stage)
talkKeySettingsSuite(stage)
personaSuite(stage)
