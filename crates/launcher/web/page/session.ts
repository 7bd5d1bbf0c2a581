// The tab's access token. It is kept in this tab's session storage and sent in the Authorization header, and goes nowhere
// else.

const TOKEN = "vespa-token";

const storage = sessionOrMemory();

export function storedToken(): string | null {
  return storage.getItem(TOKEN);
}

export function storeToken(token: string | null) {
  if (token === null) storage.removeItem(TOKEN);
  else storage.setItem(TOKEN, token);
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
