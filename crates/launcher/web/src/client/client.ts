// The calls of the launcher, for use with any framework or none.

import type { Run, SchoolStatus, Summary } from "./contract";
import { RefreshError, unreadable } from "./error";
import { follow, type Follower } from "./follow";
import { createHttp, type ClientOptions } from "./http";

/** A run, and whether it was already active when it was requested. */
export interface Started {
  run: Run;
  joined: boolean;
}

/** What today's dashboard's `refreshEstablishmentData` returns. */
export interface RefreshedData {
  success: true;
  /** A sentence to show to a person. */
  message: string;
  /** Some data could not be saved; the summary's warnings say which. */
  partial: boolean;
  summary: Summary;
}

export interface RefreshClient {
  /** Starts a refresh, or joins the active one. The request is sent once and never repeated. */
  start(establishmentId: string): Promise<Started>;
  /** Reports a run's progress to `follower`, and resolves with the run when it has ended. */
  follow(runId: string, follower?: Follower): Promise<Run>;
  /** Cancels a run. Rows that are already saved stay saved. */
  cancel(runId: string): Promise<void>;
  status(establishmentId: string): Promise<SchoolStatus>;
  /** Starts a refresh and waits for it to end; throws a RefreshError if it fails. */
  refreshEstablishmentData(establishmentId: string): Promise<RefreshedData>;
}

/** A client of the launcher at `baseUrl`. */
export function createRefreshClient(options: ClientOptions = {}): RefreshClient {
  const http = createHttp(options);

  const start = async (establishmentId: string): Promise<Started> => {
    const { joined, ...run } = await http.json<Run & { joined: boolean }>(
      "/api/sync/refresh-establishment",
      "runId",
      {
        method: "POST",
        headers: { "Content-Type": "application/json", Prefer: "respond-async" },
        body: JSON.stringify({ establishmentId }),
      },
    );
    return { run, joined };
  };

  const client: RefreshClient = {
    start,
    follow: (runId, follower = {}) => follow(http, runId, follower),
    cancel: async (runId) =>
      void (await http.json<Run>(`/api/sync/runs/${runId}`, "runId", { method: "DELETE" })),
    status: (id) =>
      http.json(`/api/sync/status?establishmentId=${encodeURIComponent(id)}`, "cooldownSeconds"),
    refreshEstablishmentData: async (id) => {
      const { run } = await start(id);
      return refreshedData(await client.follow(run.runId));
    },
  };
  return client;
}

function refreshedData(run: Run): RefreshedData {
  // The launcher always gives a reason for a failure.
  if (run.problem || !run.summary) throw new RefreshError(run.problem ?? unreadable());
  const { partial } = run.summary;
  const message = partial
    ? `Data refreshed for ${run.establishmentName}, except for the rows that the database refused; see the summary's warnings`
    : `Data refreshed successfully for ${run.establishmentName}`;
  return { success: true, message, partial, summary: run.summary };
}
