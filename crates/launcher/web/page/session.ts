// The tab's session: access token and selected school. The token is kept in this tab's session storage and sent in the
// Authorization header, and goes nowhere else.

const TOKEN = "vespa-token";
const SCHOOL = "vespa-school";

const storage = sessionOrMemory();

export function storedToken(): string | null {
  return storage.getItem(TOKEN);
}

export function storeToken(token: string | null) {
  if (token === null) storage.removeItem(TOKEN);
  else storage.setItem(TOKEN, token);
}

/** The school that was selected last, so that a reload shows it again. */
export function storedSchool(): string | null {
  return storage.getItem(SCHOOL);
}

export function storeSchool(id: string) {
  storage.setItem(SCHOOL, id);
}

/** Where the browser allows no storage, a reload signs the user out. */
function sessionOrMemory(): Pick<Storage, "getItem" | "setItem" | "removeItem"> {
  try {
    return sessionStorage;
  } catch {
    const memory = new Map<string, string>();
    return {
      getItem: (key) => memory.get(key) ?? null,
      setItem: (key, value) => void memory.set(key, value),
      removeItem: (key) => void memory.delete(key),
    };
  }
}

/** A token that the launcher gives away. It does so only when started for a demo on the user's own machine. */
export async function demoToken(): Promise<string | null> {
  const response = await fetch("/config.json", { cache: "no-store", signal: AbortSignal.timeout(10_000) });
  if (!response.ok) return null;
  const config: { demoToken?: string } = await response.json();
  return config.demoToken ?? null;
}
