// One school's refresh, for Vue: reads its status, starts and follows its run, keeps time. The only place where the state
// machine meets the network and the clock.

import {
  computed,
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
import type { Run, Summary } from "../client/contract";
import { RefreshError, unreadable } from "../client/error";
import { messages as defaults, type Messages } from "../words/messages";
import { initialState, next, type RefreshEvent, type RefreshState } from "./machine";
import { useNow } from "./useNow";

export interface SchoolRefreshOptions {
  messages?: Partial<Messages>;
  /** The school's data is new; called before the person is told. */
  onRefreshed?: (summary: Summary) => void;
  onFailed?: (error: RefreshError) => void;
}

/** What the components of this package show and do. */
export interface SchoolRefresh {
  readonly state: Readonly<Ref<RefreshState>>;
  readonly words: Messages;
  /** The time, as often as something on the screen depends on it. */
  readonly now: Readonly<Ref<number>>;
  readonly isBusy: ComputedRef<boolean>;
  /** Milliseconds until another refresh may start. */
  readonly coolsFor: ComputedRef<number>;
  readonly isDialogOpen: Ref<boolean>;
  /** Where the focus goes when what held it is gone. */
  readonly button: Ref<HTMLElement | null>;
  /** Starts a refresh, if one may start; opens the dialog of the one that goes on. */
  refresh(): Promise<void>;
  cancel(): Promise<void>;
  dismiss(): void;
  /** Reads the school's status again. */
  reload(): Promise<void>;
}

export function useSchoolRefresh(
  client: RefreshClient,
  establishmentId: MaybeRefOrGetter<string | null>,
  options: SchoolRefreshOptions = {},
): SchoolRefresh {
  const state = shallowRef(initialState());
  const isDialogOpen = ref(false);
  const button = ref<HTMLElement | null>(null);
  const words: Messages = { ...defaults, ...options.messages };
  const isBusy = computed(() => state.value.activity !== "idle");
  const clock = useNow(() => isBusy.value || state.value.coolsUntil > Date.now());
  const coolsFor = computed(() => Math.max(0, state.value.coolsUntil - clock.now.value));

  /** Aborted with the school: what was asked for one is not told to the next. */
  let school = new AbortController();
  let reads = 0;

  const tell = (event: RefreshEvent, of: AbortController) => {
    if (of.signal.aborted) return;
    const before = state.value;
    state.value = next(before, event, Date.now());
    clock.tick();
    const outcome = state.value.outcome;
    if (outcome !== null && outcome !== before.outcome) settle(outcome, of);
  };

  const settle = (outcome: NonNullable<RefreshState["outcome"]>, of: AbortController) => {
    isDialogOpen.value = false;
    if (outcome.kind !== "ended") {
      options.onFailed?.(outcome.error);
      return;
    }
    const { summary, problem } = outcome.run;
    if (problem) options.onFailed?.(new RefreshError(problem));
    else if (summary) options.onRefreshed?.(summary);
    void read(of);
  };

  const read = async (of: AbortController) => {
    const id = toValue(establishmentId);
    if (!id) return;
    const asked = (reads += 1);
    try {
      const status = await client.status(id);
      // What was asked for later knows more.
      if (asked !== reads) return;
      const wasFollowing = state.value.activity === "following";
      tell({ type: "status", status }, of);
      if (!wasFollowing && state.value.run !== null) await follow(state.value.run, of);
    } catch (error) {
      tell({ type: "status-failed", error: asRefreshError(error) }, of);
      if (!of.signal.aborted) options.onFailed?.(asRefreshError(error));
    }
  };

  const follow = async (run: Run, of: AbortController) => {
    try {
      await client.follow(run.runId, {
        signal: of.signal,
        onRun: (told) => tell({ type: "told", run: told }, of),
        onConnection: (connection) => tell({ type: "connection", connection }, of),
      });
    } catch (error) {
      if (of.signal.aborted) return;
      tell({ type: "lost", error: asRefreshError(error) }, of);
      await read(of);
    }
  };

  const start = async (id: string, of: AbortController) => {
    isDialogOpen.value = true;
    tell({ type: "asked" }, of);
    try {
      const { run, joined } = await client.start(id);
      tell({ type: "accepted", run, joined }, of);
      if (!of.signal.aborted && state.value.run !== null) await follow(run, of);
    } catch (error) {
      tell({ type: "refused", error: asRefreshError(error) }, of);
      // It may have started although its answer was lost.
      await read(of);
    }
  };

  /** Somebody looks again, or the network is back: another tab or person may have refreshed meanwhile. */
  const onReturn = () => {
    if (document.visibilityState === "visible" && !isBusy.value) void read(school);
  };
  document.addEventListener("visibilitychange", onReturn);
  window.addEventListener("online", onReturn);

  watch(
    () => toValue(establishmentId),
    () => {
      school.abort();
      school = new AbortController();
      state.value = initialState();
      isDialogOpen.value = false;
      void read(school);
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    school.abort();
    document.removeEventListener("visibilitychange", onReturn);
    window.removeEventListener("online", onReturn);
  });

  return {
    state,
    words,
    now: clock.now,
    isBusy,
    coolsFor,
    isDialogOpen,
    button,
    refresh: async () => {
      const id = toValue(establishmentId);
      // Also because not every browser gives it to a pressed button; from here the dialog takes it, and gives it back.
      button.value?.focus();
      if (isBusy.value) isDialogOpen.value = true;
      else if (id && coolsFor.value === 0) await start(id, school);
    },
    cancel: async () => {
      const { run } = state.value;
      if (!run) return;
      const of = school;
      tell({ type: "cancel", cancel: "asked" }, of);
      await client.cancel(run.runId).catch(() => tell({ type: "cancel", cancel: "failed" }, of));
    },
    dismiss: () => tell({ type: "dismissed" }, school),
    reload: () => read(school),
  };
}

function asRefreshError(error: unknown): RefreshError {
  return error instanceof RefreshError ? error : unreadable();
}
