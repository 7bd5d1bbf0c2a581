// The page's requests that are not part of the package: the user's schools, and a school's figures.

import { createHttp } from "../src/client/http";
import { createRefreshClient } from "../src";
import type { SchoolList } from "./schools";
import { storedToken } from "./session";

export const ELEMENTS = ["vision", "effort", "systems", "practice", "attitude", "overall"] as const;
export type Element = (typeof ELEMENTS)[number];

export interface CycleFigures {
  cycle: number;
  count: number;
  /** From 0 to 10; null where nobody has a score. */
  means: Record<Element, number | null>;
  /** From 1 to 5, by answers alone; null where there are none. */
  examReadiness: number | null;
}

export interface Overview {
  establishmentName: string;
  academicYear: string;
  students: number;
  completed: number;
  notCompleted: number;
  /** Of the stored students, from 0 to 1; null where there are none. */
  responseRate: number | null;
  /** Records in Knack that are in no rate; null until a refresh has counted them. */
  withoutCompletionDate: number | null;
  /** Null where they could not be read. */
  answers: number | null;
  cycles: CycleFigures[];
  comments: { rrc: number; goal: number; total: number };
  lastRefreshAt: string | null;
  /** The last attempt, if it failed. */
  lastFailureAt: string | null;
}

const options = { getToken: storedToken };
const http = createHttp(options);

export const client = createRefreshClient(options);

export function listSchools(): Promise<SchoolList> {
  return http.json("/api/establishments", isSchoolList);
}

export function overviewOf(school: string, signal: AbortSignal): Promise<Overview> {
  return http.json(`/api/establishments/${school}/overview`, isOverview, { signal });
}

function isSchoolList(body: unknown): body is SchoolList {
  const list = body as Partial<SchoolList> | null;
  return Array.isArray(list?.establishments) && typeof list.now === "string";
}

function isOverview(body: unknown): body is Overview {
  const overview = body as Overview | null;
  return typeof overview?.students === "number" && Array.isArray(overview.cycles);
}
