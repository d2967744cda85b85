import { onScopeDispose, readonly, ref, type Ref } from 'vue';

/** The time, kept current to `every` milliseconds while the component lives. */
export function useNow(every = 1000): Readonly<Ref<number>> {
  const now = ref(Date.now());
  const timer = setInterval(() => {
    now.value = Date.now();
  }, every);
  onScopeDispose(() => clearInterval(timer));
  return readonly(now);
}
