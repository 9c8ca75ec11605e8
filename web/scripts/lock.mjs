// `npm run lock` after a change of package.json. Removes the registry's address from package-lock.json: the digests stay,
// and any registry can serve the packages. (npm's own switch for that loses optional packages of other platforms.)
import { readFileSync, writeFileSync } from 'node:fs'

const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))
for (const entry of Object.values(lock.packages)) delete entry.resolved
writeFileSync(file, JSON.stringify(lock, null, 2) + '\n')
