/** In-place radix-2 Fourier transform of complex numbers; the length is a power of two. */
export function fft(re: Float64Array, im: Float64Array): void {
  const n = re.length
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1
    for (; j & bit; bit >>= 1) j ^= bit
    j ^= bit
    if (i < j) {
      swap(re, i, j)
      swap(im, i, j)
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2
    const cos = new Float64Array(half)
    const sin = new Float64Array(half)
    for (let k = 0; k < half; k++) {
      cos[k] = Math.cos((2 * Math.PI * k) / size)
      sin[k] = -Math.sin((2 * Math.PI * k) / size)
    }
    for (let start = 0; start < n; start += size) {
      for (let k = 0; k < half; k++) butterfly(re, im, start + k, start + k + half, cos[k] ?? 0, sin[k] ?? 0)
    }
  }
}

function butterfly(re: Float64Array, im: Float64Array, a: number, b: number, cos: number, sin: number): void {
  const reA = re[a] ?? 0
  const imA = im[a] ?? 0
  const reB = re[b] ?? 0
  const imB = im[b] ?? 0
  const turnedRe = reB * cos - imB * sin
  const turnedIm = reB * sin + imB * cos
  re[a] = reA + turnedRe
  im[a] = imA + turnedIm
  re[b] = reA - turnedRe
  im[b] = imA - turnedIm
}

function swap(values: Float64Array, i: number, j: number): void {
  const value = values[i] ?? 0
  values[i] = values[j] ?? 0
  values[j] = value
}

/**
 * Sliding dot products: `result[k]` = sum over i of `short[i] * long[k + i]`, for every k at which
 * `short` lies wholly within `long`.
 */
export function slidingProducts(short: ArrayLike<number>, long: ArrayLike<number>): Float64Array {
  let size = 1
  while (size < short.length + long.length) size *= 2
  const aRe = new Float64Array(size)
  const aIm = new Float64Array(size)
  // Both real signals travel through one transform, as real and imaginary part.
  for (let i = 0; i < long.length; i++) aRe[i] = long[i] ?? 0
  for (let i = 0; i < short.length; i++) aIm[i] = short[i] ?? 0
  fft(aRe, aIm)
  const re = new Float64Array(size)
  const im = new Float64Array(size)
  for (let k = 0; k < size; k++) {
    const m = (size - k) % size
    const lRe = ((aRe[k] ?? 0) + (aRe[m] ?? 0)) / 2
    const lIm = ((aIm[k] ?? 0) - (aIm[m] ?? 0)) / 2
    const sRe = ((aIm[k] ?? 0) + (aIm[m] ?? 0)) / 2
    const sIm = ((aRe[m] ?? 0) - (aRe[k] ?? 0)) / 2
    re[k] = lRe * sRe + lIm * sIm
    // Negated: a forward transform of the conjugate is the inverse one.
    im[k] = -(lIm * sRe - lRe * sIm)
  }
  fft(re, im)
  const places = long.length - short.length + 1
  return re.subarray(0, places).map((value) => value / size)
}
