import { oneStage } from './harness/one-stage.ts'
import { accessibilitySuite } from './suites/accessibility.ts'

accessibilitySuite(oneStage())
