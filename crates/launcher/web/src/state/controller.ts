// One school's refresh, for all components of this page that show it: reads the school's status, and starts and follows its
// runs. The only place where the state machine meets the network and the clock. Nothing of it runs unless one of its members
// is in the document.

import { computed, ref, shallowReactive, shallowRef, type ComputedRef, type Ref } from "vue";

import type { RefreshClient } from "../client/client";
import { hasEnded, type Run } from "../client/contract";
import { mistakes, reportMistake } from "../client/developer";
import { RefreshError, unreadable } from "../client/error";
import type { Outcome } from "../client/outcome";
import { createClock } from "./clock";
import { showFigures, type OnRefreshed } from "./figures";
import { initialState, next, type RefreshEvent, type RefreshState } from "./machine";
import { openTabs, type Tabs } from "./tabs";

/** A place on the page where the school is shown. */
export interface Member {
  readonly client: RefreshClient;
  readonly onRefreshed: OnRefreshed;
  readonly onFailed: (error: RefreshError) => void;
}

export interface Controller {
  readonly state: Readonly<Ref<RefreshState>>;
  readonly now: Readonly<Ref<number>>;
  readonly isBusy: ComputedRef<boolean>;
  /** Milliseconds until another refresh may start. */
  readonly cooldownLeft: ComputedRef<number>;
  readonly isDialogOpen: Ref<boolean>;
  /** The member that shows the dialog and the notifications: the one whose button was pressed last, or else the first. */
  readonly speaker: ComputedRef<Member | undefined>;
  /** Nobody is here, and whoever comes back misses nothing: no run that was going on, and no outcome that was not dismissed. */
  isForgettable(): boolean;
  /** The member is in the document. */
  enter(member: Member): void;
  leave(member: Member): void;
  refresh(member: Member): Promise<void>;
  cancel(): Promise<void>;
  dismiss(): void;
  reload(): Promise<void>;
}

/** How long the dialog shows that the refresh has succeeded. */
const SUCCESS_MS = 1_000;

/** `key` is the same for the school in all tabs. */
export function createController(key: string, school: string): Controller {
  const state = shallowRef(initialState());
  const isDialogOpen = ref(false);
  const members = shallowReactive<Member[]>([]);
  const pressed = shallowRef<Member>();
  const isBusy = computed(() => state.value.activity !== "idle");
  const clock = createClock(() => isBusy.value || state.value.cooldownUntil > performance.now());
  const cooldownLeft = computed(() => Math.max(0, state.value.cooldownUntil - clock.now.value));

  /** Aborted when the last member leaves, so that late responses change nothing. */
  let current = new AbortController();
  current.abort();
  let tabs: Tabs | undefined;
  let statusReads = 0;
  /** The run to look at when someone is there to see it: it was being followed, or another tab has told of it. */
  let pending: string | null = null;
  let success: ReturnType<typeof setTimeout> | undefined;

  const client = () => members[0]!.client;

  const dispatch = (event: RefreshEvent, scope: AbortController) => {
    if (scope.signal.aborted) return;
    const before = state.value;
    state.value = next(before, event, performance.now());
    clock.start();
    const { activity, outcome, run } = state.value;
    if (activity === "showing" && before.activity !== "showing") void show(run!, scope);
    if (outcome !== null && outcome !== before.outcome) finish(outcome, scope);
  };

  const show = async (run: Run, scope: AbortController) => {
    void readStatus(scope);
    dispatch({ type: "shown", figures: await figuresOf(run, scope) }, scope);
  };

  const figuresOf = (run: Run, scope: AbortController) =>
    showFigures(
      members.map((member) => member.onRefreshed),
      run.summary!,
      scope.signal,
    );

  const finish = (outcome: Outcome, scope: AbortController) => {
    const failed = (error: RefreshError) => members.forEach((member) => member.onFailed(error));
    if (outcome.kind !== "ended") {
      isDialogOpen.value = false;
      failed(outcome.error);
      return;
    }
    const { summary, problem } = outcome.run;
    if (problem) failed(new RefreshError(problem));
    if (!summary?.success) void readStatus(scope);
    if (summary?.success && !summary.partial && !outcome.wasEarlier)
      success = setTimeout(() => (isDialogOpen.value = false), SUCCESS_MS);
    else isDialogOpen.value = false;
  };

  const readStatus = async (scope: AbortController) => {
    if (scope.signal.aborted) return;
    const read = (statusReads += 1);
    try {
      const status = await client().status(school, scope.signal);
      // A later read is newer.
      if (read !== statusReads) return;
      const wasFollowing = state.value.activity === "following";
      dispatch({ type: "status", status }, scope);
      if (!wasFollowing) await follow(scope);
    } catch (reason) {
      if (scope.signal.aborted) return;
      const error = asRefreshError(reason);
      if (["invalid_establishment_id", "establishment_not_found"].includes(error.code))
        reportMistake(mistakes.notASchool(school));
      dispatch({ type: "status-failed", error }, scope);
      members.forEach((member) => member.onFailed(error));
    }
  };

  /** Follows the run that the state names, if it names one. */
  const follow = async (scope: AbortController) => {
    if (scope.signal.aborted || state.value.activity !== "following") return;
    try {
      await client().follow(state.value.run!.runId, {
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

  /** The request outlives whoever sent it: the refresh may begin all the same, and only the answer names its run. */
  const start = async () => {
    isDialogOpen.value = true;
    dispatch({ type: "requested" }, current);
    try {
      const { run, joined } = await client().start(school);
      answered({ type: "accepted", run, joined });
      if (!joined) tabs?.tell(run.runId);
      await follow(current);
    } catch (reason) {
      const scope = current;
      const error = asRefreshError(reason);
      const run = await earlierRun(error, scope);
      answered(run ? { type: "earlier", run, error } : { type: "refused", error });
      if (run) void figuresOf(run, scope);
      // It may have started although the response was lost.
      await readStatus(scope);
    }
  };

  /** If nobody is here to see what it leads to, it is told when someone is. */
  const answered = (event: RefreshEvent) => {
    if (!current.signal.aborted) return dispatch(event, current);
    state.value = next(state.value, event, performance.now());
    rest();
  };

  const rest = () => {
    if (state.value.activity === "following") pending = state.value.run!.runId;
    state.value = next(state.value, { type: "suspended" }, performance.now());
  };

  /** The refresh that someone else has just finished, where that is why this one was refused. */
  const earlierRun = async ({ code, runId }: RefreshError, scope: AbortController): Promise<Run | null> => {
    const isAsked = code === "cooling_down" && runId && runId !== state.value.closedRunId;
    if (!isAsked || scope.signal.aborted) return null;
    const run = await client()
      .run(runId, scope.signal)
      .catch(() => null);
    return run && hasEnded(run) && run.summary?.success ? run : null;
  };

  /** Looks at the pending run, or else at the school. */
  const look = async (scope: AbortController) => {
    await findPending(scope);
    if (state.value.activity === "following") await follow(scope);
    else if (state.value.activity !== "showing") await readStatus(scope);
  };

  /** A run that cannot be read for now stays pending, as does one that is left before it was read. */
  const findPending = async (scope: AbortController) => {
    const runId = pending;
    if (!runId || runId === state.value.closedRunId) return;
    const run = await client()
      .run(runId, scope.signal)
      .catch((error: unknown) => (asRefreshError(error).retryable ? undefined : null));
    if (scope.signal.aborted || run === undefined || pending !== runId) return;
    pending = null;
    if (run) dispatch({ type: "found", run }, scope);
  };

  /** The tab is visible again or the network is back: someone else may have refreshed the school meanwhile. */
  const onReturn = () => {
    if (document.visibilityState === "visible" && !isBusy.value) void look(current);
  };

  const onStartedElsewhere = (runId: string) => {
    pending = runId;
    onReturn();
  };

  const resume = () => {
    current = new AbortController();
    tabs = openTabs(key, onStartedElsewhere);
    document.addEventListener("visibilitychange", onReturn);
    window.addEventListener("online", onReturn);
    clock.start();
    void look(current);
  };

  const suspend = () => {
    current.abort();
    rest();
    isDialogOpen.value = false;
    document.removeEventListener("visibilitychange", onReturn);
    window.removeEventListener("online", onReturn);
    clearTimeout(success);
    clock.stop();
    tabs?.close();
    tabs = undefined;
  };

  return {
    state,
    now: clock.now,
    isBusy,
    cooldownLeft,
    isDialogOpen,
    speaker: computed(() => (members.includes(pressed.value!) ? pressed.value : members[0])),
    isForgettable: () => !(members.length || isBusy.value || pending || state.value.outcome),
    enter: (member) => {
      if (members.push(member) === 1) resume();
    },
    leave: (member) => {
      members.splice(members.indexOf(member), 1);
      if (members.length === 0) suspend();
    },
    refresh: async (member) => {
      if (current.signal.aborted) return;
      pressed.value = member;
      if (!isBusy.value && cooldownLeft.value > 0) return;
      clearTimeout(success);
      if (isBusy.value) isDialogOpen.value = true;
      else await start();
    },
    cancel: async () => {
      const { run } = state.value;
      if (!run) return;
      const scope = current;
      dispatch({ type: "cancel", cancel: "requested" }, scope);
      await client()
        .cancel(run.runId)
        .catch(() => dispatch({ type: "cancel", cancel: "failed" }, scope));
    },
    dismiss: () => dispatch({ type: "dismissed" }, current),
    reload: () => readStatus(current),
  };
}

function asRefreshError(error: unknown): RefreshError {
  return error instanceof RefreshError ? error : unreadable();
}
