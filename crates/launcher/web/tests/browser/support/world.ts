// The world of the worker that runs this file; see worlds.ts.
import { inject } from "vitest";

export const { environment, browser } = inject("worlds")[Number(process.env["VITEST_POOL_ID"]) - 1]!;
