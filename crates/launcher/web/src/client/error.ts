// Why a call failed, as the one error this package throws. Never holds the token or a raw answer.

import type { Problem } from "./contract";

/** Has the members of the launcher's answer. */
export class RefreshError extends Error implements Problem {
  /** The launcher's stable word; or `unreachable` and `unreadable` where it did not answer, or not as it should. */
  declare readonly code: string;
  /** Whether the same call may succeed a little later. */
  declare readonly retryable: boolean;
  declare readonly retryAfterSeconds?: number | null | undefined;
  /** To quote to whoever helps. */
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

export function unreadable(): RefreshError {
  return new RefreshError({
    code: "unreadable",
    message: "The refresh service answered unexpectedly. Try again in a moment.",
    retryable: true,
  });
}

/** What an answer that is no success says. */
export async function refused(response: Response): Promise<RefreshError> {
  const problem: unknown = await response.json().catch(() => null);
  return isProblem(problem) ? new RefreshError(problem) : unreadable();
}

function isProblem(value: unknown): value is Problem {
  const problem = value as Problem | null;
  return typeof problem?.code === "string" && typeof problem.message === "string";
}
