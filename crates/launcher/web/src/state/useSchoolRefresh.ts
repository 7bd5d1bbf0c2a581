// One school's refresh as a Vue composable: reads the school's status, and starts and follows its runs. The only place
// where the state machine meets the network and the clock.

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
import type { Outcome } from "../client/outcome";
import { messages as defaultMessages, type Messages } from "../words/messages";
import { initialState, next, type RefreshEvent, type RefreshState } from "./machine";
import { useNow } from "./useNow";

export interface SchoolRefreshOptions {
  messages?: Partial<Messages>;
  /** Called when the school's data has been refreshed. */
  onRefreshed?: (summary: Summary) => void;
  /** Called when a refresh fails or is refused, and when the school's status cannot be read. */
  onFailed?: (error: RefreshError) => void;
}

/** What the components of this package share. */
export interface SchoolRefresh {
  readonly state: Readonly<Ref<RefreshState>>;
  readonly messages: Messages;
  /** Milliseconds since the page was opened, updated as often as the display needs it. */
  readonly now: Readonly<Ref<number>>;
  readonly isBusy: ComputedRef<boolean>;
  /** Milliseconds until another refresh may start. */
  readonly cooldownLeft: ComputedRef<number>;
  readonly isDialogOpen: Ref<boolean>;
  /** The refresh button, which takes the focus when the element that had it disappears. */
  readonly button: Ref<HTMLElement | null>;
  /** Starts a refresh, or opens the progress dialog of the active one. Does nothing during the cooldown. */
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
  const messages: Messages = { ...defaultMessages, ...options.messages };
  const isBusy = computed(() => state.value.activity !== "idle");
  const clock = useNow(() => isBusy.value || state.value.cooldownUntil > performance.now());
  const cooldownLeft = computed(() => Math.max(0, state.value.cooldownUntil - clock.now.value));

  /** Aborted when the school changes, so that late responses for one school never reach the next. */
  let current = new AbortController();
  let statusReads = 0;

  const dispatch = (event: RefreshEvent, scope: AbortController) => {
    if (scope.signal.aborted) return;
    const before = state.value;
    state.value = next(before, event, performance.now());
    clock.tick();
    const outcome = state.value.outcome;
    if (outcome !== null && outcome !== before.outcome) finish(outcome, scope);
  };

  const finish = (outcome: Outcome, scope: AbortController) => {
    isDialogOpen.value = false;
    if (outcome.kind !== "ended") {
      options.onFailed?.(outcome.error);
      return;
    }
    const { summary, problem } = outcome.run;
    if (problem) options.onFailed?.(new RefreshError(problem));
    else if (summary) options.onRefreshed?.(summary);
    void readStatus(scope);
  };

  const readStatus = async (scope: AbortController) => {
    const id = toValue(establishmentId);
    if (!id) return;
    const read = (statusReads += 1);
    try {
      const status = await client.status(id);
      // A later read is newer.
      if (read !== statusReads) return;
      const wasFollowing = state.value.activity === "following";
      dispatch({ type: "status", status }, scope);
      if (!wasFollowing && state.value.run !== null) await follow(state.value.run, scope);
    } catch (error) {
      dispatch({ type: "status-failed", error: asRefreshError(error) }, scope);
      if (!scope.signal.aborted) options.onFailed?.(asRefreshError(error));
    }
  };

  const follow = async (run: Run, scope: AbortController) => {
    try {
      await client.follow(run.runId, {
        signal: scope.signal,
        onRun: (update) => dispatch({ type: "run", run: update }, scope),
        onConnection: (connection) => dispatch({ type: "connection", connection }, scope),
      });
    } catch (error) {
      if (scope.signal.aborted) return;
      dispatch({ type: "lost", error: asRefreshError(error) }, scope);
      await readStatus(scope);
    }
  };

  const start = async (id: string, scope: AbortController) => {
    isDialogOpen.value = true;
    dispatch({ type: "requested" }, scope);
    try {
      const { run, joined } = await client.start(id);
      dispatch({ type: "accepted", run, joined }, scope);
      if (!scope.signal.aborted && state.value.run !== null) await follow(run, scope);
    } catch (error) {
      dispatch({ type: "refused", error: asRefreshError(error) }, scope);
      // It may have started although the response was lost.
      await readStatus(scope);
    }
  };

  /** The tab is visible again or the network is back: someone else may have refreshed the school meanwhile. */
  const onReturn = () => {
    if (document.visibilityState === "visible" && !isBusy.value) void readStatus(current);
  };
  document.addEventListener("visibilitychange", onReturn);
  window.addEventListener("online", onReturn);

  watch(
    () => toValue(establishmentId),
    () => {
      current.abort();
      current = new AbortController();
      state.value = initialState();
      isDialogOpen.value = false;
      void readStatus(current);
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    current.abort();
    document.removeEventListener("visibilitychange", onReturn);
    window.removeEventListener("online", onReturn);
  });

  return {
    state,
    messages,
    now: clock.now,
    isBusy,
    cooldownLeft,
    isDialogOpen,
    button,
    refresh: async () => {
      const id = toValue(establishmentId);
      // Not every browser focuses a clicked button. The dialog takes the focus from here and returns it on closing.
      button.value?.focus();
      if (isBusy.value) isDialogOpen.value = true;
      else if (id && cooldownLeft.value === 0) await start(id, current);
    },
    cancel: async () => {
      const { run } = state.value;
      if (!run) return;
      const scope = current;
      dispatch({ type: "cancel", cancel: "requested" }, scope);
      await client.cancel(run.runId).catch(() => dispatch({ type: "cancel", cancel: "failed" }, scope));
    },
    dismiss: () => dispatch({ type: "dismissed" }, current),
    reload: () => readStatus(current),
  };
}

function asRefreshError(error: unknown): RefreshError {
  return error instanceof RefreshError ? error : unreadable();
}
