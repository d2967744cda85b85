import { onScopeDispose, readonly, ref, watch, type Ref } from 'vue';

/** How long something has not come: not noticeable, so that its place is kept, so that one says so, too long. */
export type Slowness = 'quick' | 'waiting' | 'slow' | 'stuck';

const STAGES = [
  ['waiting', 150],
  ['slow', 1_000],
  ['stuck', 5_000],
] as const;

/** Follows how long `pending` has been true. */
export function useSlowness(pending: () => boolean): Readonly<Ref<Slowness>> {
  const slowness = ref<Slowness>('quick');
  let timers: ReturnType<typeof setTimeout>[] = [];
  const stop = () => {
    for (const timer of timers) clearTimeout(timer);
    timers = [];
  };
  watch(
    pending,
    (now) => {
      stop();
      slowness.value = 'quick';
      if (!now) return;
      timers = STAGES.map(([stage, after]) =>
        setTimeout(() => {
          slowness.value = stage;
        }, after),
      );
    },
    { immediate: true },
  );
  onScopeDispose(stop);
  return readonly(slowness);
}
