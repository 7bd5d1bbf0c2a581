// One school's refresh as a Vue composable. Components of one page that show the same school share one state.

import {
  computed,
  getCurrentInstance,
  onMounted,
  onScopeDispose,
  ref,
  shallowRef,
  toValue,
  watch,
  type ComputedRef,
  type MaybeRefOrGetter,
  type Ref,
} from "vue";

import type { RefreshClient } from "../client/client";
import type { RefreshError } from "../client/error";
import { wordsOf, type MessageOverrides, type Words } from "../words/words";
import { createController, type Controller, type Member } from "./controller";
import type { OnRefreshed } from "./figures";
import type { RefreshState } from "./machine";
import type { Theme } from "./useTheme";

export interface SchoolRefreshOptions {
  /** Replacements for some of the package's texts. */
  messages?: MaybeRefOrGetter<MessageOverrides | undefined>;
  /** The language of numbers and times, as in the attribute `lang`; British English by default, as the package's texts are. */
  lang?: MaybeRefOrGetter<string | undefined>;
  /** "auto", the default, follows the background that each component has on the page. */
  theme?: MaybeRefOrGetter<Theme | undefined>;
  /**
   * Called when the school's data has been refreshed. Return a promise, or pass one to `waitUntil`, that resolves when the new
   * figures are shown: success is announced then, or after ten seconds.
   */
  onRefreshed?: OnRefreshed;
  /** Called when a refresh fails or is refused, and when the school's status cannot be read. */
  onFailed?: (error: RefreshError) => void;
}

/** What the components of this package share. */
export interface SchoolRefresh {
  readonly state: Readonly<Ref<RefreshState>>;
  readonly words: ComputedRef<Words>;
  readonly theme: ComputedRef<Theme>;
  /** Milliseconds since the page was opened, updated as often as the display needs it. */
  readonly now: ComputedRef<number>;
  readonly isBusy: ComputedRef<boolean>;
  /** Milliseconds until another refresh may start. */
  readonly cooldownLeft: ComputedRef<number>;
  /** Whether this place shows the progress dialog. */
  readonly isDialogOpen: Ref<boolean>;
  /** Whether this place, of all on the page that show the school, shows its notifications. */
  readonly isSpeaker: ComputedRef<boolean>;
  /** Whether any of its components is in the document. Only then are there listeners, timers and requests. */
  readonly isActive: Readonly<Ref<boolean>>;
  /** The refresh button, which takes the focus when the element that had it disappears. */
  readonly button: Ref<HTMLElement | null>;
  /** There is a component of this place, which will tell when it is in the document. */
  expectParts(): void;
  attach(element: Element): void;
  detach(element: Element): void;
  /** Starts a refresh, or opens the progress dialog of the active one. Does nothing during the cooldown. */
  refresh(): Promise<void>;
  cancel(): Promise<void>;
  dismiss(): void;
  /** Reads the school's status again. */
  reload(): Promise<void>;
}

const THEMES = ["light", "dark"] as const;

/** The controllers of the schools that this page shows, or has shown and may be asked what became of their runs. */
const controllers = new Map<string, Controller>();

/** Where the client and the school may change, pass refs or functions that return them. */
export function useSchoolRefresh(
  client: MaybeRefOrGetter<RefreshClient>,
  establishmentId: MaybeRefOrGetter<string | null>,
  options: SchoolRefreshOptions = {},
): SchoolRefresh {
  const member: Member = {
    get client() {
      return toValue(client);
    },
    onRefreshed: (summary, waitUntil) => options.onRefreshed?.(summary, waitUntil),
    onFailed: (error) => options.onFailed?.(error),
  };
  const school = computed(() => toValue(establishmentId));
  const key = computed(() => `${toValue(client).baseUrl} ${school.value?.toLowerCase()}`);
  const create = () => createController(key.value, school.value ?? "");
  const controller = shallowRef(create());
  const isActive = ref(false);
  const button = ref<HTMLElement | null>(null);
  const attached = new Set<Element>();

  const enter = () => {
    if (!school.value) return;
    const shared = controllers.get(key.value) ?? controller.value;
    controllers.set(key.value, shared);
    controller.value = shared;
    shared.enter(member);
    entered = { key: key.value, shared };
  };
  let entered: { key: string; shared: Controller } | undefined;
  const leave = () => {
    entered?.shared.leave(member);
    if (entered?.shared.isForgettable()) controllers.delete(entered.key);
    entered = undefined;
  };
  const setActive = (active: boolean) => {
    if (isActive.value === active) return;
    isActive.value = active;
    if (active) enter();
    else leave();
  };
  watch(
    key,
    () => {
      leave();
      controller.value = create();
      if (isActive.value) enter();
    },
    { flush: "sync" },
  );
  let hasParts = false;
  // Without any component of this package, nothing tells whether this place is in the document.
  const withoutParts = () => hasParts || setActive(true);
  if (getCurrentInstance()) onMounted(withoutParts);
  else withoutParts();
  onScopeDispose(() => {
    attached.clear();
    setActive(false);
  });

  const isSpeaker = computed(() => controller.value.speaker.value === member);
  return {
    state: computed(() => controller.value.state.value),
    words: computed(() => wordsOf(toValue(options.messages), toValue(options.lang))),
    // An attribute may say anything.
    theme: computed(() => THEMES.find((theme) => theme === toValue(options.theme)) ?? "auto"),
    now: computed(() => controller.value.now.value),
    isBusy: computed(() => controller.value.isBusy.value),
    cooldownLeft: computed(() => controller.value.cooldownLeft.value),
    isDialogOpen: computed({
      get: () => isSpeaker.value && controller.value.isDialogOpen.value,
      set: (isOpen) => (controller.value.isDialogOpen.value = isOpen),
    }),
    isSpeaker,
    isActive,
    button,
    expectParts: () => {
      hasParts = true;
    },
    attach: (element) => {
      attached.add(element);
      setActive(true);
    },
    detach: (element) => {
      attached.delete(element);
      // Those of a place that was unmounted tell one by one, and must not make it active again.
      if (attached.size === 0) setActive(false);
    },
    refresh: async () => {
      // Not every browser focuses a clicked button. The dialog takes the focus from here and returns it on closing.
      button.value?.focus();
      await controller.value.refresh(member);
    },
    cancel: () => controller.value.cancel(),
    dismiss: () => controller.value.dismiss(),
    reload: () => controller.value.reload(),
  };
}
