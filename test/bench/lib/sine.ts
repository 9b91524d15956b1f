/** A sine fitted to samples: amplitude (1 = full scale) and what is not the sine, dB below it. */
export function fitSine(samples: Int16Array, hz: number, rate = 24_000): { amplitude: number; snrDb: number } {
  // The recorder's clock may stand beside the tone's by a few ppm: the best of near frequencies.
  let best = { amplitude: 0, snrDb: -Infinity }
  for (let ppm = -40; ppm <= 40; ppm += 5) {
    const fitted = fitAt(samples, hz * (1 + ppm / 1e6), rate)
    if (fitted.snrDb > best.snrDb) best = fitted
  }
  return best
}

function fitAt(samples: Int16Array, hz: number, rate: number): { amplitude: number; snrDb: number } {
  const w = (2 * Math.PI * hz) / rate
  // Normal equations of a·sin + b·cos + c.
  let [ss, sc, cc, s1, c1, ys, yc, y1] = [0, 0, 0, 0, 0, 0, 0, 0]
  for (let i = 0; i < samples.length; i++) {
    const [s, c, y] = [Math.sin(w * i), Math.cos(w * i), samples[i] ?? 0]
    ss += s * s
    sc += s * c
    cc += c * c
    s1 += s
    c1 += c
    ys += y * s
    yc += y * c
    y1 += y
  }
  const mean = y1 / samples.length
  const det = ss * cc - sc * sc
  const a = ((ys - mean * s1) * cc - (yc - mean * c1) * sc) / det
  const b = ((yc - mean * c1) * ss - (ys - mean * s1) * sc) / det
  let rest = 0
  for (let i = 0; i < samples.length; i++) rest += ((samples[i] ?? 0) - mean - a * Math.sin(w * i) - b * Math.cos(w * i)) ** 2
  const amplitude = Math.hypot(a, b)
  return { amplitude: amplitude / 32_768, snrDb: 10 * Math.log10((amplitude * amplitude) / 2 / (rest / samples.length)) }
}
