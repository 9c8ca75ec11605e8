import vue from '@vitejs/plugin-vue'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import components from 'unplugin-vue-components/vite'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import type { Plugin } from 'vite'

// The API for `npm run dev`: any server started with `countersign serve --demo`.
const backend = process.env.COUNTERSIGN_API ?? 'http://127.0.0.1:8080'
const proxied = { target: backend, changeOrigin: false }

/** packed leaves a gzip copy beside every file worth it: the server sends it as it is. */
function packed(): Plugin {
  return {
    name: 'packed',
    apply: 'build',
    closeBundle() {
      const dist = fileURLToPath(new URL('./dist', import.meta.url))
      for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(js|css|html|svg)$/.test(name)) continue
        const plain = readFileSync(join(dist, name))
        const small = gzipSync(plain, { level: 9 })
        if (small.length < plain.length * 0.9) writeFileSync(join(dist, name + '.gz'), small)
      }
    },
  }
}

export default defineConfig({
  plugins: [
    vue(),
    // Element Plus components are found where templates use them; their styles come with them.
    components({ dts: false, dirs: [], resolvers: [ElementPlusResolver()] }),
    packed(),
  ],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    // The page may not evaluate text as code (CSP), so messages are interpreted.
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    // Small pictures stay files: nothing is inlined.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: { '/api': proxied, '/openapi.json': proxied, '/docs': proxied },
  },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
})
