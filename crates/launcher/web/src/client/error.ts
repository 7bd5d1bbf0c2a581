// The only error this package throws. It never contains the token or an unparsed response.

import type { Problem } from "./contract";

/** Has the members of the launcher's problem details. */
export class RefreshError extends Error implements Problem {
  /** The launcher's stable code, or one of this file's. */
  declare readonly code: string;
  /** Whether the same call may succeed later. */
  declare readonly retryable: boolean;
  declare readonly retryAfterSeconds?: number | null | undefined;
  /** For a report to support. */
  declare readonly runId?: string | null | undefined;

  constructor(problem: Problem) {
    super(problem.message);
    Object.assign(this, problem);
  }
}

/** Nothing answered. */
export function unreachable(): RefreshError {
  return new RefreshError({
    code: "unreachable",
    message: "The refresh service cannot be reached. Check your connection, then try again.",
    retryable: true,
  });
}

/** Something on the way wants people to sign in. */
export function redirected(): RefreshError {
  return new RefreshError({
    code: "redirected",
    message:
      "You may have been signed out. Reload the page and sign in. If a refresh is still running, the page shows it.",
    retryable: false,
  });
}

/** Something answered, but the browser may not read it on this page. */
export function blocked(): RefreshError {
  return new RefreshError({
    code: "blocked",
    message: "The refresh service does not accept requests from this website. Tell your administrator.",
    retryable: false,
  });
}

/** The page could not say who is signed in. Nothing was sent. */
export function withoutToken(): RefreshError {
  return new RefreshError({
    code: "no_token",
    message:
      "This page could not tell who is signed in. Nothing was changed. Reload the page and sign in again. If that does not help, tell your administrator.",
    retryable: true,
  });
}

/** Something answered, but not as the launcher does. */
export function unreadable(): RefreshError {
  return new RefreshError({
    code: "unreadable",
    message:
      "The refresh service could not be used because of an unexpected error. Try again in a moment. If that does not help, tell your administrator.",
    retryable: true,
  });
}

/** The run has taken so long that it is no longer followed. */
export function stillRunning(): RefreshError {
  return new RefreshError({
    code: "still_running",
    message:
      "The refresh has been running for more than five minutes, so this page has stopped following it. It may still finish. Press the button to look again.",
    retryable: false,
  });
}

/** The launcher has refused nothing, so what was asked of it may have begun. */
export function isAnswerLost({ code }: Problem): boolean {
  return code === "unreachable" || code === "unreadable";
}

/** Turns a response without success into an error. */
export async function errorFrom(response: Response): Promise<RefreshError> {
  const problem: unknown = await response.json().catch(() => null);
  return isProblem(problem) ? new RefreshError(problem) : unreadable();
}

function isProblem(value: unknown): value is Problem {
  const problem = value as Problem | null;
  return (
    typeof problem?.code === "string" &&
    typeof problem.message === "string" &&
    typeof problem.retryable === "boolean" &&
    ["number", "undefined"].includes(typeof (problem.retryAfterSeconds ?? undefined))
  );
}
