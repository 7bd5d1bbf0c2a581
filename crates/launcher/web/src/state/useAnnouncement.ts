// What is read out to people who do not see the screen: only what matters, and not more often than can be listened to.

import { onScopeDispose, ref, watch, type Ref } from "vue";

const AT_MOST_EVERY_MS = 5_000;

/** Follows a text; says the newest one, at most every five seconds. */
export function useAnnouncement(text: () => string): Readonly<Ref<string>> {
  const said = ref("");
  let saidAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const say = () => {
    timer = undefined;
    saidAt = Date.now();
    said.value = text();
  };
  watch(text, () => {
    timer ??= setTimeout(say, Math.max(0, saidAt + AT_MOST_EVERY_MS - Date.now()));
  });
  onScopeDispose(() => clearTimeout(timer));
  return said;
}
