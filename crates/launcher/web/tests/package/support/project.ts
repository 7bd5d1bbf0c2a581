// A project of a user of the package: a folder with the package unpacked in it, and the tools of this one.
import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const WEB = process.cwd();

export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), "user-of-vespa-refresh-"));

  constructor(tarball: string) {
    const modules = join(this.folder, "node_modules");
    const own = join(modules, "vespa-refresh");
    mkdirSync(own, { recursive: true });
    execFileSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", own]);
    mkdirSync(join(modules, "@types"));
    mkdirSync(join(modules, "@vue"));
    mkdirSync(join(modules, "@vitejs"));
    for (const name of ["vue", "vite", "typescript", "@types/node", "@vue/tsconfig", "@vitejs/plugin-vue"])
      symlinkSync(join(WEB, "node_modules", name), join(modules, name));
  }

  /** Begins as a template of create-vite. */
  from(template: string): this {
    cpSync(join(WEB, "node_modules/create-vite", template), this.folder, { recursive: true });
    return this;
  }

  write(files: Record<string, string>): this {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(this.folder, name, ".."), { recursive: true });
      writeFileSync(join(this.folder, name), text);
    }
    return this;
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), "utf8");
  }

  /** The files in a folder, with those of its folders. */
  list(name: string): string[] {
    return readdirSync(join(this.folder, name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);
  }

  /** Runs a tool of this project in the folder; throws with its output if it fails. */
  run(tool: string, ...args: string[]): string {
    try {
      const program = tool === "node" ? process.execPath : join(WEB, "node_modules/.bin", tool);
      return execFileSync(program, args, { cwd: this.folder, encoding: "utf8", stdio: "pipe" });
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`${tool} ${args.join(" ")}\n${stdout}${stderr}`, { cause: error });
    }
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Packs the package, and returns the file. */
export function pack(): { tarball: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "vespa-refresh-"));
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: WEB });
  const remove = () => rmSync(folder, { recursive: true, force: true });
  return { tarball: join(folder, readdirSync(folder)[0]!), remove };
}

/** The code blocks of this language in a document. */
export function codeBlocks(path: string, language: string): string[] {
  const blocks = readFileSync(join(WEB, path), "utf8").split(`\`\`\`${language}\n`).slice(1);
  return blocks.map((block) => block.split("\n```")[0]!);
}
