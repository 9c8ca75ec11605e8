import { onBeforeUnmount, onMounted } from 'vue'

/** useKeys calls a handler for single keys, except while somebody types or a dialog is open. */
export function useKeys(keys: Record<string, (e: KeyboardEvent) => void>): void {
  const on = (e: KeyboardEvent) => {
    const target = e.target as HTMLElement | null
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return
    if (target?.closest('input, textarea, select, [contenteditable], [role="dialog"]')) return
    if (e.key === 'Enter' && target?.closest('a, button')) return
    keys[e.key]?.(e)
  }
  onMounted(() => document.addEventListener('keydown', on))
  onBeforeUnmount(() => document.removeEventListener('keydown', on))
}
