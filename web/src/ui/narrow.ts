import { onScopeDispose, ref, type Ref } from 'vue'

/** useMedia follows a media query. */
export function useMedia(query: string): Ref<boolean> {
  const media = matchMedia(query)
  const on = ref(media.matches)
  const change = () => (on.value = media.matches)
  media.addEventListener('change', change)
  onScopeDispose(() => media.removeEventListener('change', change))
  return on
}

/** useNarrow is true on a phone. */
export const useNarrow = () => useMedia('(max-width: 720px)')
