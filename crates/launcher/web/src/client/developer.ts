// Reports mistakes of a page in the browser's console, since staff cannot mend them. Each is reported once.

/** What is wrong, and what to change. */
export const mistakes = {
  notAllowed: (base: string, origin: string) =>
    `${base} answers, but not to pages of ${origin}. Add it to LAUNCHER_CORS_ORIGINS, and check that the address does not redirect.`,
  noToken: "getToken failed. On a page of Knack, return Knack.getUserToken().",
  notTheLauncher: (address: string, status: number) =>
    `${address} answered with status ${status} and no JSON, so it is not the launcher. Check baseUrl.`,
  notASchool: (id: string) =>
    `"${id}" is not the id of a school, or the user has no access to it. Pass the school's Knack or Supabase id as establishmentId.`,
  noFigures: "A handler of data-refreshed failed, so old figures are shown.",
};

const reported = new Set<string>();

export function reportMistake(mistake: string, ...details: unknown[]) {
  if (reported.has(mistake)) return;
  reported.add(mistake);
  console.warn(`[vespa-refresh] ${mistake}`, ...details);
}
