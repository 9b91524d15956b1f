import { oneStage } from './harness/one-stage.ts'
import { conversationSuite } from './suites/conversation.ts'
import { everyViewSuite } from './suites/every-view.ts'
import { footerSuite } from './suites/footer.ts'
import { overlaySuite } from './suites/overlay.ts'
import { stripSuite } from './suites/strips.ts'
import { talkSuite } from './suites/talk.ts'

const stage = oneStage()

everyViewSuite(stage)
talkSuite(stage)
footerSuite(stage)
conversationSuite(stage)
stripSuite(stage)
overlaySuite(stage)
