// The real launcher, in this world.
import { spawn, type ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { required, type TestSchool } from "./world";

export interface Launcher {
  url: string;
  /** Lets in to the schools it was started for. */
  token: string;
  /** For every school. */
  tokenForAll: string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const running = new Set<Launcher>();

export async function stopAll() {
  await Promise.all([...running].map((launcher) => launcher.stop()));
}

/** Starts a launcher whose token is for these schools. A school may be refreshed again at once, unless set otherwise. */
export async function startLauncher(
  schools: TestSchool[],
  settings: Record<string, string> = {},
  options: string[] = [],
): Promise<Launcher> {
  const folder = mkdtempSync(join(tmpdir(), "launcher-"));
  const [token, tokenForAll] = [newToken(), newToken()];
  const ids = schools.map((school) => school.knackId).join(",");
  const tokens = join(folder, "tokens");
  writeFileSync(tokens, `${digest(token)} ${ids} browser\n${digest(tokenForAll)} all browser of all\n`);
  const child = spawn(required("LAUNCHER"), options, {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      LAUNCHER_AUTH: "token",
      LAUNCHER_TOKENS_FILE: tokens,
      LAUNCHER_BIND: "127.0.0.1:0",
      LAUNCHER_COOLDOWN_SECONDS: "0",
      LAUNCHER_FAILURE_COOLDOWN_SECONDS: "0",
      LAUNCHER_STOP_GRACE_SECONDS: "1",
      LAUNCHER_SHUTDOWN_PATIENCE_SECONDS: "0.1",
      ...settings,
    },
  });
  const launcher: Launcher = {
    url: `http://${await address(child)}`,
    token,
    tokenForAll,
    stop: async (signal = "SIGTERM") => {
      running.delete(launcher);
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((resolve) => child.once("exit", resolve));
        child.kill(signal);
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
  running.add(launcher);
  return launcher;
}

function newToken(): string {
  return `vsr_${randomBytes(32).toString("hex")}`;
}

function digest(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Where it listens, once it does; its log is read to its end, so that it never waits for us. */
function address(child: ChildProcess): Promise<string> {
  const lines: string[] = [];
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stderr! }).on("line", (line) => {
      lines.push(line);
      const said: { message?: string; addresses?: string } = line.startsWith("{") ? JSON.parse(line) : {};
      if (said.message === "listening" && said.addresses) resolve(said.addresses);
    });
    child.once("exit", () => reject(new Error(`the launcher does not start: ${lines.join("\n")}`)));
  });
}
