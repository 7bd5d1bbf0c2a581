// The launcher's calls, without a framework.

import type { Run, SchoolStatus, Summary } from "./contract";
import { RefreshError, unreadable } from "./error";
import { follow, type Follower } from "./follow";
import { createHttp, type ClientOptions } from "./http";

/** A run, and whether somebody else had started it already. */
export interface Started {
  run: Run;
  joined: boolean;
}

/** What the dashboard's own `refreshEstablishmentData` returned. */
export interface RefreshedData {
  success: true;
  message: string;
  summary: Summary;
}

export interface RefreshClient {
  /** Starts a refresh, or joins the one that goes on. Sent once, whatever happens. */
  start(establishmentId: string): Promise<Started>;
  /** Tells how a run goes on, and how it ended. */
  follow(runId: string, follower?: Follower): Promise<Run>;
  /** Asks a run to stop. Rows already saved stay. */
  cancel(runId: string): Promise<void>;
  status(establishmentId: string): Promise<SchoolStatus>;
  /** Starts a refresh and waits for its end; throws a RefreshError where it failed. */
  refreshEstablishmentData(establishmentId: string): Promise<RefreshedData>;
}

/** A client of the launcher at `baseUrl`. */
export function createRefreshClient(options: ClientOptions = {}): RefreshClient {
  const http = createHttp(options);

  const start = async (establishmentId: string): Promise<Started> => {
    const { joined, ...run } = await http.ask<Run & { joined: boolean }>("/api/sync/refresh-establishment", {
      method: "POST",
      headers: { "Content-Type": "application/json", Prefer: "respond-async" },
      body: JSON.stringify({ establishmentId }),
    });
    return { run, joined };
  };

  const client: RefreshClient = {
    start,
    follow: (runId, follower = {}) => follow(http, runId, follower),
    cancel: async (runId) => void (await http.ask(`/api/sync/runs/${runId}`, { method: "DELETE" })),
    status: (id) => http.ask(`/api/sync/status?establishmentId=${encodeURIComponent(id)}`),
    refreshEstablishmentData: async (id) => {
      const { run } = await start(id);
      return refreshedData(await client.follow(run.runId));
    },
  };
  return client;
}

function refreshedData(run: Run): RefreshedData {
  // The launcher always gives a reason.
  if (run.problem || !run.summary) throw new RefreshError(run.problem ?? unreadable());
  const message = `Data refreshed successfully for ${run.establishmentName}`;
  return { success: true, message, summary: run.summary };
}
