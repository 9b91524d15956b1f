export * from './analysis.ts'
export { say, type SayOptions } from './say.ts'
export { RECORD_RATE, startSoundCard, type Recording, type SoundCard } from './sound-card.ts'
export { readWav, writeWav, type Wav } from './wav.ts'
