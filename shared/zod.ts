import { z } from 'zod'

// zod probes `Function` when the first schema is made, which violates the page's CSP; every
// schema of the project therefore imports z from here, where the probe is switched off first.
z.config({ jitless: true })

export { z }
