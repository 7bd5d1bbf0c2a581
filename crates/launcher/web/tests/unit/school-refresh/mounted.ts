// Mounts the components together, as a dashboard does, with a client that the test controls.
import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, vi, type Mock } from "vitest";

import {
  SchoolRefresh,
  type Follower,
  type OnRefreshed,
  type RefreshClient,
  RefreshError,
  type Run,
  type SchoolStatus,
  type Started,
} from "../../../src";
import { run, SCHOOL, status } from "../samples";

export const NOW = Date.parse("2026-11-25T12:00:00Z");
export const HOUR = 3_600_000;

let clients = 0;

/** A client whose calls resolve when the test says so. */
export class Client implements RefreshClient {
  /** Its own, so that no test sees what became of another's runs. */
  readonly baseUrl = `https://launcher-${(clients += 1)}.example`;
  /** Runs that can be read by their id. */
  runs: Record<string, Run> = {};
  answer: () => SchoolStatus | Promise<SchoolStatus> = () => status();
  starts: string[] = [];
  cancelled: string[] = [];
  private started?: { resolve: (started: Started) => void; reject: (reason: unknown) => void };
  private followed?: { follower: Follower; resolve: (run: Run) => void; reject: (reason: unknown) => void };

  /** Those of the requests that were made, other than to start. */
  readonly signals: AbortSignal[] = [];

  status = async (_: string, signal?: AbortSignal) => {
    this.signals.push(signal!);
    return this.answer();
  };
  start = (id: string) => {
    this.starts.push(id);
    return new Promise<Started>((resolve, reject) => (this.started = { resolve, reject }));
  };
  follow = (_: string, follower: Follower = {}) =>
    new Promise<Run>((resolve, reject) => (this.followed = { follower, resolve, reject }));
  run = async (id: string) => {
    const run = this.runs[id];
    if (!run) throw new RefreshError({ code: "unknown_run", message: "No such run.", retryable: false });
    return run;
  };
  cancel = async (id: string) => void this.cancelled.push(id);
  refreshEstablishmentData = () => Promise.reject(new Error("not used here"));

  get follower(): Follower {
    return this.followed!.follower;
  }
  async accept(joined = false) {
    this.started!.resolve({ run: run(), joined });
    await flushPromises();
  }
  async refuse(error: RefreshError) {
    this.started!.reject(error);
    await flushPromises();
  }
  async report(update: Run) {
    this.followed!.follower.onRun?.(update);
    await flushPromises();
  }
  async connection(state: "live" | "reconnecting") {
    this.followed!.follower.onConnection?.(state);
    await flushPromises();
  }
  async lose(error: RefreshError) {
    this.followed!.reject(error);
    await flushPromises();
  }
}

export let wrapper: VueWrapper | undefined;
export let client: Client;
/** The dashboard's handler of `data-refreshed`. */
export let refreshed: Mock<OnRefreshed>;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  client = new Client();
  refreshed = vi.fn<OnRefreshed>();
});
afterEach(() => {
  wrapper?.unmount();
  sessionStorage.clear();
  vi.useRealTimers();
});

export async function show(props: object = {}) {
  wrapper = mount(SchoolRefresh, {
    props: { client, establishmentId: SCHOOL, onDataRefreshed: refreshed, ...props },
    attachTo: document.body,
  });
  await flushPromises();
  return wrapper;
}

export const button = () => document.querySelector<HTMLButtonElement>(".vsr-box .vsr-button");
export const dialog = () => document.querySelector("dialog")!;
export const tray = () => document.querySelector<HTMLElement>(".vsr-tray")!;
export const inTray = (text: string) =>
  [...tray().querySelectorAll("button")].find((element) => element.textContent?.trim() === text);
export const inDialog = (text: string) =>
  [...dialog().querySelectorAll("button")].find((element) => element.textContent?.trim() === text);

export async function press(element: HTMLElement | null | undefined) {
  element!.click();
  await flushPromises();
}

/** Unmounts another component after the test. */
export function unmountAfterTest<T extends VueWrapper>(mounted: T): T {
  wrapper = mounted;
  return mounted;
}
