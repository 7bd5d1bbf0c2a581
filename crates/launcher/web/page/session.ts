// Who is signed in. The token lives in this tab's session storage and in the Authorization header, and nowhere else.

const TOKEN = "vespa-token";
const SCHOOL = "vespa-school";

export function storedToken(): string | null {
  return sessionStorage.getItem(TOKEN);
}

export function storeToken(token: string | null) {
  if (token === null) sessionStorage.removeItem(TOKEN);
  else sessionStorage.setItem(TOKEN, token);
}

/** The school that was looked at last, so that a reload comes back to it. */
export function storedSchool(): string | null {
  return sessionStorage.getItem(SCHOOL);
}

export function storeSchool(id: string) {
  sessionStorage.setItem(SCHOOL, id);
}

/** Only a launcher that was started for a demonstration on one's own machine has a token to give away. */
export async function demoToken(): Promise<string | null> {
  const response = await fetch("/config.json", { cache: "no-store", signal: AbortSignal.timeout(10_000) });
  if (!response.ok) return null;
  const config: { demoToken?: string } = await response.json();
  return config.demoToken ?? null;
}
