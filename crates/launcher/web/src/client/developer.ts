// Tells developers, in the console, about mistakes that staff cannot mend. Each is told once.

const told = new Set<string>();

export function tellDeveloper(mistake: string, ...details: unknown[]) {
  if (told.has(mistake)) return;
  told.add(mistake);
  console.warn(`[vespa-refresh] ${mistake}`, ...details);
}
