// Reads from the launcher how people sign in, and words what happened to the user's own token.

/** "token": an access token, which the user types. "knack-token": a session in Knack, which only a page of Knack has. */
export type Way = "token" | "knack-token";

export interface SigningIn {
  /** Empty where everyone on this machine may do everything. */
  signIn: Way[];
  /** Where users with a session in Knack find their dashboard. */
  dashboards: string[];
  /** The launcher gives it away only when started for a demo on the user's own machine. */
  demoToken?: string | undefined;
}

/** Why the user has to sign in: they have not yet; the token they typed was not accepted; or one that was no longer is. */
export type SignedOut = "not-yet" | "refused" | "ended";

/** What a launcher that cannot be asked is taken for. */
const UNKNOWN: SigningIn = { signIn: ["token"], dashboards: [] };

export async function signingIn(): Promise<SigningIn> {
  try {
    const response = await fetch("/config.json", { cache: "no-store", signal: AbortSignal.timeout(10_000) });
    const answer: unknown = response.ok ? await response.json() : null;
    return isSigningIn(answer) ? answer : UNKNOWN;
  } catch {
    return UNKNOWN;
  }
}

function isSigningIn(answer: unknown): answer is SigningIn {
  const config = answer as Partial<SigningIn> | null;
  return Array.isArray(config?.signIn) && Array.isArray(config.dashboards);
}
