// How a refresh ended for this browser.

import type { Run } from "./contract";
import type { RefreshError } from "./error";

/** The run ended; it was never accepted; or it was accepted, but its state can no longer be read. */
export type Outcome =
  | { kind: "ended"; run: Run }
  | { kind: "refused"; error: RefreshError }
  | { kind: "lost"; error: RefreshError };
