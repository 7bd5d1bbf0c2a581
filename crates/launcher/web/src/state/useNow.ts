// The time for what is on the screen: every second while something counts, every half a minute otherwise.

import { onScopeDispose, ref, watchEffect, type Ref } from "vue";

const COUNTING_MS = 1_000;
const QUIET_MS = 30_000;

export function useNow(isCounting: () => boolean): { now: Readonly<Ref<number>>; tick: () => void } {
  const now = ref(Date.now());
  const tick = () => {
    now.value = Date.now();
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  watchEffect(() => {
    clearTimeout(timer);
    const at = now.value;
    // To the next whole second, so that no second is skipped or shown twice.
    timer = setTimeout(tick, isCounting() ? COUNTING_MS - (at % COUNTING_MS) : QUIET_MS);
  });
  onScopeDispose(() => clearTimeout(timer));
  return { now, tick };
}
