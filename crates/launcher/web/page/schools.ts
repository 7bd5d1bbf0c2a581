// Finds, selects and labels the user's schools, so that equal names can be told apart. Pure.

import type { SchoolStatus } from "../src";

export interface School {
  establishmentId: string;
  establishmentUuid: string;
  /** May be empty, and may be that of another school too. */
  name: string;
  lastRefreshAt: string | null;
}

/** The schools, and what their ages are calculated from. */
export interface SchoolList extends Pick<SchoolStatus, "now" | "lastFullSyncAt"> {
  establishments: School[];
}

/** A school as it is shown. */
export interface NamedSchool extends School {
  /** What tells it from another of the same name. */
  mark: string | null;
}

/** Which of the schools is to be shown. */
export type Choice =
  | { kind: "no-schools" }
  | { kind: "all" }
  /** The address names a school that is not among them. */
  | { kind: "unknown" }
  | { kind: "one"; school: NamedSchool };

export function named(schools: readonly School[]): NamedSchool[] {
  const times = new Map<string, number>();
  for (const { name } of schools) times.set(folded(name), (times.get(folded(name)) ?? 0) + 1);
  return schools.map((school) => {
    const isUnmistakable = times.get(folded(school.name)) === 1 && school.name.trim() !== "";
    return {
      ...school,
      name: school.name.trim() || "School without a name",
      mark: isUnmistakable ? null : `Knack record ${school.establishmentId}`,
    };
  });
}

/** Users with one school need not choose it. */
export function choiceOf(schools: readonly NamedSchool[], inAddress: string | null): Choice {
  if (schools.length === 0) return { kind: "no-schools" };
  const id = inAddress?.toLowerCase();
  const only = id === undefined && schools.length === 1 ? schools[0] : undefined;
  const school =
    only ?? schools.find((it) => it.establishmentId === id || it.establishmentUuid.toLowerCase() === id);
  if (school) return { kind: "one", school };
  return { kind: id === undefined ? "all" : "unknown" };
}

/** Those whose name has each of the words that were typed, in any order, or whose id is what was typed. */
export function found(schools: readonly NamedSchool[], typed: string): NamedSchool[] {
  const words = folded(typed).split(" ");
  return schools.filter(
    (school) =>
      words.every((word) => folded(school.name).includes(word)) ||
      [school.establishmentId, school.establishmentUuid].includes(words.join(" ")),
  );
}

/** By name, as they come, or those first whose last refresh is longest ago. */
export type Order = "name" | "age";

export function ordered<T extends School>(schools: readonly T[], order: Order): readonly T[] {
  const at = ({ lastRefreshAt }: School) => (lastRefreshAt === null ? 0 : Date.parse(lastRefreshAt));
  return order === "name" ? schools : schools.toSorted((a, b) => at(a) - at(b));
}

/** Without what people leave out when they type: accents, capitals, apostrophes, and spaces too many. */
function folded(text: string): string {
  const letters = text.normalize("NFD").replace(/[\p{M}'’]/gu, "");
  return letters.toLowerCase().split(/\s+/u).filter(Boolean).join(" ");
}
