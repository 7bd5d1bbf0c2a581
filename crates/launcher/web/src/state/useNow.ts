// The time since the page was opened, for the display: updated every second while a clock is running, otherwise every half
// minute. Unlike the time of day, it is never set.

import { onScopeDispose, ref, watchEffect, type Ref } from "vue";

const TICK_MS = 1_000;
const IDLE_TICK_MS = 30_000;

export function useNow(isTicking: () => boolean): { now: Readonly<Ref<number>>; tick: () => void } {
  const now = ref(performance.now());
  const tick = () => {
    now.value = performance.now();
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  watchEffect(() => {
    clearTimeout(timer);
    const at = now.value;
    // Ticks on whole seconds, so that no second is skipped or shown twice.
    timer = setTimeout(tick, isTicking() ? TICK_MS - (at % TICK_MS) : IDLE_TICK_MS);
  });
  onScopeDispose(() => clearTimeout(timer));
  return { now, tick };
}
