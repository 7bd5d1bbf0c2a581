// What the package exports: the client, which needs no framework, and the Vue components.

import "./style.css";

export { createRefreshClient, type RefreshClient, type RefreshedData, type Started } from "./client/client";
export type {
  ChangeKind,
  Explanation,
  NamedRecord,
  PastRun,
  RunChanges,
  ScoreValues,
  StudentChanges,
} from "./client/changes";
export type {
  KnackUse,
  PerTable,
  Phase,
  Problem,
  Progress,
  Run,
  RunState,
  SchoolStatus,
  SkipReason,
  Skipped,
  Summary,
  Table,
  TableChanges,
  Waiting,
  Warning,
} from "./client/contract";
export { RefreshError } from "./client/error";
export type { Connection, Follower } from "./client/follow";
export type { ClientOptions } from "./client/http";
export type { Figures, Outcome } from "./client/outcome";
export { default as LastUpdated } from "./components/LastUpdated.vue";
export { default as ProgressDialog } from "./components/ProgressDialog.vue";
export { default as RefreshButton } from "./components/RefreshButton.vue";
export { default as RefreshNotification } from "./components/RefreshNotification.vue";
export { default as SchoolRefresh } from "./components/SchoolRefresh.vue";
export { default as StalePrompt } from "./components/StalePrompt.vue";
export type { OnRefreshed, WaitUntil } from "./state/figures";
export type { RefreshState } from "./state/machine";
export {
  useSchoolRefresh,
  type SchoolRefresh as SchoolRefreshState,
  type SchoolRefreshOptions,
} from "./state/useSchoolRefresh";
export type { Theme } from "./state/useTheme";
export type { Format } from "./words/format";
export { messages, type CountedText, type Messages } from "./words/messages";
export type { MessageOverrides, Words } from "./words/words";
