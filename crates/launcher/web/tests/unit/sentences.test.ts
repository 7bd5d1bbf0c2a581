// Every sentence that the browser can show, in one list, to be read as staff would read it. scripts/messages prints it into
// docs/messages.md.
import { parse, type RootNode, type TemplateChildNode } from "@vue/compiler-dom";
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { messages, type Messages } from "../../src";
import { refreshedMessage } from "../../src/client/client";
import { mistakes } from "../../src/client/developer";
import {
  blocked,
  redirected,
  stillRunning,
  unreachable,
  unreadable,
  withoutToken,
} from "../../src/client/error";
import { formatIn } from "../../src/words/format";

type Functions<T> = { [K in keyof T as T[K] extends (...args: never[]) => string ? K : never]: T[K] };
type Samples<T> = {
  [K in keyof Functions<T>]: Functions<T>[K] extends (...args: infer A) => string ? A[] : never;
};

const format = formatIn();
const [short, long] = ["2\u00a0s", "3\u00a0min"];
const run = "11111111-1111-4111-8111-111111111111";

/** What the texts that are functions are called with. */
const SAMPLES: Samples<Messages> = {
  availableIn: [["3 min 42 s"], ["3 minutes"]],
  lastUpdated: [["18 hours"], ["a moment"]],
  lastRefreshedHere: [["3 days"]],
  refreshNow: [["Last updated 27 hours ago"], ["Not refreshed here yet"]],
  queued: [
    [0, format],
    [1, format],
    [12, format],
  ],
  progress: [
    ["fetching", 300, 1_465, format],
    ["writing", 1, 1, format],
  ],
  waiting: [
    ["Knack is busy", short],
    ["The database is busy", long],
  ],
  status: [["In progress"]],
  elapsed: [["12 s"]],
  firstTakes: [["10 s"]],
  usually: [[short]],
  updated: [
    [15, 1_465, "3 new, 12 changed", short, format],
    [1, 1, "1 new", short, format],
  ],
  onlyOtherRows: [[1_465, short, format]],
  checked: [
    [1_465, short, format],
    [1, short, format],
  ],
  nothingFoundAdvice: [[short]],
  allSkipped: [[short]],
  partial: [
    [1, format],
    [3, format],
  ],
  partialAdvice: [[short]],
  added: [[3, format]],
  changed: [[12, format]],
  unchanged: [[1_450, format]],
  tableChanges: [["Scores", "3 new, 1,450 already up to date"]],
  onlyInSupabase: [
    ["students", 1, format],
    ["vespa_scores", 3, format],
    ["comments", 1, format],
    ["question_responses", 1_000, format],
  ],
  skipped: [
    ["no valid e-mail address", 1, format],
    ["no valid e-mail address", 2, format],
  ],
  otherReason: [["too_young"]],
  warning: [
    ["Some texts were too long for their columns and were cut. Shorten them in Knack.", 3, format],
    [
      "The students who have not completed the questionnaire could not be counted. Refresh again later.",
      0,
      format,
    ],
  ],
  more: [
    [1, format],
    [4, format],
  ],
  tryAgainIn: [["30 s"]],
  reference: [["busy"], ["knack_unavailable", run]],
};

function textsOf(table: Record<string, unknown>): string[] {
  return Object.entries(table).flatMap(([name, text]) => {
    if (typeof text === "string") return [text];
    if (typeof text === "object") return textsOf(text as Record<string, unknown>);
    const say = text as (...args: unknown[]) => string;
    const samples = (SAMPLES as Record<string, unknown[][]>)[name] ?? [
      [1, format],
      [27, format],
    ];
    return samples.map((args) => say(...args));
  });
}

/** The texts of the templates, and the sentences in the scripts. */
function textsOfPage(): string[] {
  const files = readdirSync("page", { encoding: "utf8", recursive: true }).toSorted();
  return files.flatMap((name) => {
    // Besides the components, the words for what needs attention.
    if (name.endsWith("attention.ts")) return literalsOf(readFileSync(`page/${name}`, "utf8"));
    if (!name.endsWith(".vue")) return [];
    const source = readFileSync(`page/${name}`, "utf8");
    const [script, template] = source.split("</script>") as [string, string];
    return [...literalsOf(script), ...textNodes(parse(template))];
  });
}

function literalsOf(script: string): string[] {
  return [...script.matchAll(/["'`]([A-Z][^"`\n]* [^"`\n]*)["'`]/g)].map(([, text]) => text!);
}

function textNodes(node: RootNode | TemplateChildNode): string[] {
  if (node.type === 2) return [node.content];
  const children = "children" in node && Array.isArray(node.children) ? node.children : [];
  const attributes = "props" in node ? node.props : [];
  const labels = attributes.flatMap((it) =>
    it.type === 6 && ["aria-label", "title", "alt"].includes(it.name) ? [it.value!.content] : [],
  );
  return [...labels, ...children.flatMap((child) => textNodes(child as TemplateChildNode))];
}

const items = (texts: string[]) => {
  const clean = texts
    .map((text) => text.replace(/\s+/g, " ").trim())
    .filter((text) => /[a-z]{2}/i.test(text));
  return [...new Set(clean)].map((text) => `- ${text}`).join("\n");
};

test("every sentence that the browser shows is as it was", async () => {
  const own = [unreachable(), redirected(), blocked(), withoutToken(), unreadable(), stillRunning()];
  const document = [
    "## Texts of the package",
    "A dashboard may replace each of them. Beside these, the sentences above are shown as they are.",
    items(textsOf(messages)),
    "## Problems that the package finds by itself",
    items(own.map(({ code, message }) => `${code}: ${message}`)),
    "## What `refreshEstablishmentData` returns as its message",
    items([refreshedMessage("Alder Park School", false), refreshedMessage("Alder Park School", true)]),
    "## Warnings in the browser's console",
    "For the developers of a dashboard. Each begins with `[vespa-refresh]`.",
    items([
      mistakes.notAllowed("https://refresh.example.org", "https://dashboard.example.org"),
      mistakes.noToken,
      mistakes.notTheLauncher("https://example.org/api/sync/status?establishmentId=1", 404),
      mistakes.notASchool("undefined"),
      mistakes.noFigures,
    ]),
    "## Texts of the launcher's page",
    items(textsOfPage()),
  ];
  await expect(`${document.join("\n\n")}\n`).toMatchFileSnapshot("sentences.md");
});

test("the list has every mistake and every problem that the package finds", () => {
  expect(Object.keys(mistakes)).toHaveLength(5);
  const problems = readFileSync("src/client/error.ts", "utf8").match(
    /^export function \w+\(\): RefreshError/gm,
  );
  expect(problems).toHaveLength(6);
});

test("no sentence is empty, or has a value that was not there", () => {
  for (const text of textsOf(messages)) expect(text).toMatch(/^(?!.*(undefined|null|NaN|\[object)).+$/s);
});
