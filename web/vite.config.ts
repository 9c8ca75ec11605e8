import vue from '@vitejs/plugin-vue'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import components from 'unplugin-vue-components/vite'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// The API for `npm run dev`: any server started with `countersign serve --demo`.
const backend = process.env.COUNTERSIGN_API ?? 'http://127.0.0.1:8080'
const proxied = { target: backend, changeOrigin: false }

export default defineConfig({
  plugins: [
    vue(),
    // Element Plus components are found where templates use them; their styles come with them.
    components({ dts: false, dirs: [], resolvers: [ElementPlusResolver()] }),
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
