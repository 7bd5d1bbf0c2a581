// Text for screen readers, changed rarely enough to be listened to.

import { onScopeDispose, ref, watch, type Ref } from "vue";

const MIN_INTERVAL_MS = 5_000;

/** Follows `text`, but changes at most every five seconds, to the newest value. Empty text is announced by nobody, and at once. */
export function useAnnouncement(text: () => string): Readonly<Ref<string>> {
  const announced = ref("");
  let announcedAt = -MIN_INTERVAL_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const announce = () => {
    timer = undefined;
    announcedAt = performance.now();
    announced.value = text();
  };
  watch(text, (now) => {
    if (now) {
      timer ??= setTimeout(announce, Math.max(0, announcedAt + MIN_INTERVAL_MS - performance.now()));
      return;
    }
    clearTimeout(timer);
    timer = undefined;
    announced.value = "";
  });
  onScopeDispose(() => clearTimeout(timer));
  return announced;
}
