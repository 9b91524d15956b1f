import { oneStage } from './harness/one-stage.ts'
import { onboardingSuite } from './suites/onboarding.ts'
import { personaSuite } from './suites/personas.ts'
import { filesSuite, settingsSuite, talkKeySettingsSuite } from './suites/settings.ts'

const stage = oneStage()

onboardingSuite(stage)
settingsSuite(stage)
filesSuite(stage)
talkKeySettingsSuite(stage)
personaSuite(stage)
