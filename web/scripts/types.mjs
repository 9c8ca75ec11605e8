// Writes src/api/schema.d.ts from the OpenAPI document of a running server: `npm run types [URL]`.
import { writeFileSync } from 'node:fs'
import openapi, { astToString } from 'openapi-typescript'

const url = process.argv[2] ?? 'http://127.0.0.1:8080/openapi.json'
const head = '// Generated from /openapi.json by `npm run types`; do not edit.\n'
writeFileSync(new URL('../src/api/schema.d.ts', import.meta.url), head + astToString(await openapi(new URL(url))))
