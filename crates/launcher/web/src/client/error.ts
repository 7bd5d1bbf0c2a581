// The only error this package throws. It never contains the token or an unparsed response.

import type { Problem } from "./contract";

/** Has the members of the launcher's problem details. */
export class RefreshError extends Error implements Problem {
  /**
   * The launcher's stable code, `unreachable` if it did not answer, `redirected` if something on the way wants people to
   * sign in, or `unreadable` for anything else unexpected.
   */
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

export function unreachable(): RefreshError {
  return new RefreshError({
    code: "unreachable",
    message: "The refresh service cannot be reached. Check your connection, then try again.",
    retryable: true,
  });
}

export function redirected(): RefreshError {
  return new RefreshError({
    code: "redirected",
    message: "You have been signed out. Reload the page, sign in, then look at the refresh again.",
    retryable: false,
  });
}

export function unreadable(): RefreshError {
  return new RefreshError({
    code: "unreadable",
    message:
      "The refresh service could not be used because of an unexpected error. Try again in a moment. If that does not help, tell your administrator.",
    retryable: true,
  });
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
    typeof problem.retryable === "boolean"
  );
}
