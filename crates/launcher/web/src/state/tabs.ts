// Tells this browser's other tabs that a refresh has started. What they learn is a run's id; they read the run themselves.

/** What is said there is the same in all versions of the package that use this name. Others are not heard. */
const CHANNEL = "vespa-refresh/1";

export interface Tabs {
  tell(runId: string): void;
  close(): void;
}

/** `school` is the same in all tabs. */
export function openTabs(school: string, onStarted: (runId: string) => void): Tabs {
  const channel = openChannel();
  if (!channel) return { tell() {}, close() {} };
  channel.onmessage = ({ data }: MessageEvent<{ school?: unknown; runId?: unknown } | null>) => {
    if (data?.school === school && typeof data.runId === "string") onStarted(data.runId);
  };
  return { tell: (runId) => channel.postMessage({ school, runId }), close: () => channel.close() };
}

/** Some browsers have no channels, and some refuse them to a page that they allow no storage. */
function openChannel(): BroadcastChannel | null {
  try {
    return new BroadcastChannel(CHANNEL);
  } catch {
    return null;
  }
}
