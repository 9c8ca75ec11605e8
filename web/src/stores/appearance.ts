import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { i18n, type Locale } from '@/i18n'

export type Theme = 'auto' | 'light' | 'dark'

/** Theme and language of this browser. */
export const useAppearance = defineStore('appearance', () => {
  const theme = ref<Theme>((localStorage.getItem('theme') as Theme) || 'auto')
  const locale = ref<Locale>(localStorage.getItem('locale') === 'en' ? 'en' : 'zh-CN')
  const system = matchMedia('(prefers-color-scheme: dark)')
  const systemDark = ref(system.matches)
  system.addEventListener('change', (e) => (systemDark.value = e.matches))
  const dark = computed(() => theme.value === 'dark' || (theme.value === 'auto' && systemDark.value))

  watch(dark, (on) => document.documentElement.classList.toggle('dark', on), { immediate: true })
  watch(theme, (t) => localStorage.setItem('theme', t))
  watch(
    locale,
    (l) => {
      localStorage.setItem('locale', l)
      i18n.global.locale.value = l
      document.documentElement.lang = l
    },
    { immediate: true },
  )

  return { theme, locale, dark }
})
