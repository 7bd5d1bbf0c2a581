// The time since the page was opened, for the display: updated every second while a countdown or a run is shown, otherwise
// every half minute, and only between `start` and `stop`. Unlike the time of day, it is never set.

import { ref, type Ref } from "vue";

const TICK_MS = 1_000;
const IDLE_TICK_MS = 30_000;

export interface Clock {
  readonly now: Readonly<Ref<number>>;
  /** Starts it, and reads the time at once. */
  start(): void;
  stop(): void;
}

export function createClock(isTicking: () => boolean): Clock {
  const now = ref(performance.now());
  let timer: ReturnType<typeof setTimeout> | undefined;
  const start = () => {
    clearTimeout(timer);
    now.value = performance.now();
    // Ticks on whole seconds, so that no second is skipped or shown twice.
    timer = setTimeout(start, isTicking() ? TICK_MS - (now.value % TICK_MS) : IDLE_TICK_MS);
  };
  return { now, start, stop: () => clearTimeout(timer) };
}
