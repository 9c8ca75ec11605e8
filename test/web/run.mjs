// One upgrade from draft to filing, and every screen, in a real browser. Started by web_test.go.
import * as journey from './journey.mjs'
import * as screens from './screens.mjs'
import { close, equal, faults, open } from './lib.mjs'

const only = process.argv[2]
let failed = 0
await open()
for (const [name, test] of Object.entries({ ...journey, ...screens })) {
  if (only && !name.includes(only)) continue
  const began = Date.now()
  try {
    await test()
    equal(faults.splice(0), [], 'faults of the page')
    console.log(`ok   ${name} (${((Date.now() - began) / 1000).toFixed(1)}s)`)
  } catch (e) {
    failed++
    console.log(`FAIL ${name}: ${e.stack}`, faults.splice(0))
  }
}
await close()
process.exit(failed ? 1 : 0)
