// How a refresh ended for this browser.

import type { Run } from "./contract";
import type { RefreshError } from "./error";

/**
 * Whether the dashboard shows the new figures: it does, or is still loading them after ten seconds, or could not load them.
 */
export type Figures = "shown" | "late" | "failed";

/** The run ended; it was never accepted; or it was accepted, but its state can no longer be read. */
export type Outcome =
  | {
      kind: "ended";
      run: Run;
      figures: Figures;
      /** It had ended before this browser asked for a refresh. */
      wasEarlier: boolean;
    }
  | { kind: "refused"; error: RefreshError }
  | { kind: "lost"; error: RefreshError };
