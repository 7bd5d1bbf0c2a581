// Long lists in pages, so that two thousand rows are never in the document at once, except on paper.

import { computed, onUnmounted, ref, watch, type ComputedRef, type Ref } from "vue";

export interface Pages<T> {
  /** The rows that are shown. */
  rows: ComputedRef<T[]>;
  page: Ref<number>;
  pages: ComputedRef<number>;
  /** "1–50 of 2,000". */
  range: ComputedRef<string>;
}

export function usePages<T>(all: () => readonly T[], size = 50): Pages<T> {
  const page = ref(0);
  const isPrinting = ref(false);
  const pages = computed(() => Math.max(1, Math.ceil(all().length / size)));
  const rows = computed(() =>
    isPrinting.value ? [...all()] : all().slice(page.value * size, (page.value + 1) * size),
  );
  const number = (n: number) => n.toLocaleString("en-GB");
  const range = computed(() => {
    const first = page.value * size + 1;
    return `${number(first)}–${number(Math.min(first + size - 1, all().length))} of ${number(all().length)}`;
  });
  watch(all, () => (page.value = 0));
  const print = () => (isPrinting.value = true);
  const done = () => (isPrinting.value = false);
  addEventListener("beforeprint", print);
  addEventListener("afterprint", done);
  onUnmounted(() => {
    removeEventListener("beforeprint", print);
    removeEventListener("afterprint", done);
  });
  return { rows, page, pages, range };
}
