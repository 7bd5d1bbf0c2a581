// What the package exports: the client, which needs no framework, and the Vue components.

import "./style.css";

export { createRefreshClient, type RefreshClient, type RefreshedData, type Started } from "./client/client";
export type {
  PerTable,
  Problem,
  Run,
  RunState,
  SchoolStatus,
  Summary,
  TableChanges,
} from "./client/contract";
export { RefreshError } from "./client/error";
export type { Connection, Follower } from "./client/follow";
export type { ClientOptions } from "./client/http";
export { default as LastUpdated } from "./components/LastUpdated.vue";
export { default as ProgressDialog } from "./components/ProgressDialog.vue";
export { default as RefreshButton } from "./components/RefreshButton.vue";
export { default as RefreshNotification } from "./components/RefreshNotification.vue";
export { default as SchoolRefresh } from "./components/SchoolRefresh.vue";
export { default as StalePrompt } from "./components/StalePrompt.vue";
export { useSchoolRefresh, type SchoolRefreshOptions } from "./state/useSchoolRefresh";
export { messages, type Messages } from "./words/messages";
