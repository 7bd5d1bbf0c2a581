// The calls of the launcher, for use with any framework or none.

import { isRun, isSchoolStatus, type Run, type SchoolStatus, type Summary } from "./contract";
import { isAnswerLost, RefreshError, unreadable } from "./error";
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
  /** The launcher's address. Components of one school and one address share what they know. */
  readonly baseUrl: string;
  /** Starts a refresh, or joins the active one. The request is sent once and never repeated. */
  start(establishmentId: string, signal?: AbortSignal): Promise<Started>;
  /** Reads a run. */
  run(runId: string, signal?: AbortSignal): Promise<Run>;
  /** Reports a run's progress to `follower`, and resolves with the run when it has ended. */
  follow(runId: string, follower?: Follower): Promise<Run>;
  /** Cancels a run. Rows that are already saved stay saved. */
  cancel(runId: string): Promise<void>;
  status(establishmentId: string, signal?: AbortSignal): Promise<SchoolStatus>;
  /** Starts a refresh and waits for it to end; throws a RefreshError if it fails. */
  refreshEstablishmentData(establishmentId: string): Promise<RefreshedData>;
}

/** A client of the launcher at `baseUrl`. */
export function createRefreshClient(options: ClientOptions = {}): RefreshClient {
  const http = createHttp(options);

  const start = async (establishmentId: string, signal?: AbortSignal): Promise<Started> => {
    const { joined, ...run } = await http.json("/api/sync/refresh-establishment", isAccepted, {
      method: "POST",
      headers: { "Content-Type": "application/json", Prefer: "respond-async" },
      body: JSON.stringify({ establishmentId }),
      signal,
    });
    return { run, joined };
  };

  const client: RefreshClient = {
    baseUrl: http.base,
    start,
    run: (runId, signal) => http.json(`/api/sync/runs/${runId}`, isRun, { signal }),
    follow: (runId, follower = {}) => follow(http, runId, follower),
    cancel: async (runId) => void (await http.json(`/api/sync/runs/${runId}`, isRun, { method: "DELETE" })),
    status: (id, signal) =>
      http.json(`/api/sync/status?establishmentId=${encodeURIComponent(id)}`, isSchoolStatus, { signal }),
    refreshEstablishmentData: async (id) => {
      const { run } = await start(id).catch(async (error: unknown) => {
        const run = isAnswerLost(error as RefreshError) && (await activeRun(id));
        if (!run) throw error;
        return { run };
      });
      return refreshedData(await client.follow(run.runId));
    },
  };

  const activeRun = (id: string) =>
    client.status(id).then(
      (status) => status.activeRun,
      () => null,
    );

  return client;
}

function isAccepted(value: unknown): value is Run & { joined: boolean } {
  return isRun(value) && typeof (value as { joined?: unknown }).joined === "boolean";
}

function refreshedData(run: Run): RefreshedData {
  // The launcher always gives a reason for a failure.
  if (run.problem || !run.summary) throw new RefreshError(run.problem ?? unreadable());
  const { partial } = run.summary;
  const message = refreshedMessage(run.establishmentName, partial);
  return { success: true, message, partial, summary: run.summary };
}

/** What `refreshEstablishmentData` says of a refresh that has succeeded. */
export function refreshedMessage(school: string, partial: boolean): string {
  return partial
    ? `Data refreshed for ${school}, but some of it could not be saved. Tell your administrator.`
    : `Data refreshed successfully for ${school}`;
}
