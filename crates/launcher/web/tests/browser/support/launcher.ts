// Starts the real launcher against the sandbox.
import { spawn, type ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import type { TestSchool } from "./sandbox";
import { environment } from "./world";

export interface Launcher {
  url: string;
  /** Gives access to the schools that the launcher was started for. */
  token: string;
  /** Gives access to every school. */
  tokenForAll: string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const running = new Set<Launcher>();

export async function stopAll() {
  await Promise.all([...running].map((launcher) => launcher.stop()));
}

/** Starts a launcher whose token gives access to these schools. There is no cooldown unless the settings say so. */
export async function startLauncher(
  schools: TestSchool[],
  settings: Record<string, string> = {},
  options: string[] = [],
): Promise<Launcher> {
  const folder = mkdtempSync(join(tmpdir(), "launcher-"));
  const [token, tokenForAll] = [newToken(), newToken()];
  const ids = schools.map((school) => school.knackId).join(",") || "0".repeat(24);
  const tokens = join(folder, "tokens");
  writeFileSync(tokens, `${digest(token)} ${ids} browser\n${digest(tokenForAll)} all browser of all\n`);
  const child = spawn(process.env["LAUNCHER"]!, options, {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      ...environment,
      LAUNCHER_AUTH: "token",
      LAUNCHER_TOKENS_FILE: tokens,
      LAUNCHER_BIND: "127.0.0.1:0",
      // Outages that do not end should end all the same.
      SYNC_OUTAGE_PATIENCE_SECONDS: "2",
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

/** The launcher's address, once it listens. Its whole log is read, so that a full pipe never blocks it. */
function address(child: ChildProcess): Promise<string> {
  const lines: string[] = [];
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stderr! }).on("line", (line) => {
      lines.push(line);
      const entry: { message?: string; addresses?: string } = line.startsWith("{") ? JSON.parse(line) : {};
      if (entry.message === "listening" && entry.addresses) resolve(entry.addresses);
    });
    child.once("exit", () => reject(new Error(`the launcher did not start: ${lines.join("\n")}`)));
  });
}
