// Who is signed in. The token lives in this tab's session storage and in the Authorization header, and nowhere else.

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

/** The school that was looked at last, so that a reload comes back to it. */
export function storedSchool(): string | null {
  return storage.getItem(SCHOOL);
}

export function storeSchool(id: string) {
  storage.setItem(SCHOOL, id);
}

/** Where a browser is told to keep nothing, a reload signs out. */
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

/** Only a launcher that was started for a demonstration on one's own machine has a token to give away. */
export async function demoToken(): Promise<string | null> {
  const response = await fetch("/config.json", { cache: "no-store", signal: AbortSignal.timeout(10_000) });
  if (!response.ok) return null;
  const config: { demoToken?: string } = await response.json();
  return config.demoToken ?? null;
}
