import { expect, test } from "vitest";

import document from "../../../openapi.json";
import type { Explanation, PastRun, RunChanges, StudentChanges } from "../../page/activity/api";
import { attentionOf } from "../../page/activity/attention";
import { toCsv } from "../../page/activity/csv";
import { fileOf, linesOf, namesakes, sorted } from "../../page/activity/rows";

const schemas = document.components.schemas as unknown as Record<
  string,
  { enum?: string[]; oneOf?: { const?: string; enum?: string[] }[] }
>;

function valuesOf(name: string): string[] {
  const schema = schemas[name]!;
  return schema.enum ?? schema.oneOf!.flatMap((it) => it.enum ?? [it.const!]);
}

const student = (changes: Partial<StudentChanges>): StudentChanges => ({
  recordId: "61680fc13a0bfd001e8ca3ca",
  fields: [],
  scores: [],
  comments: [],
  answers: [],
  ...changes,
});

test("every member that the page reads exists in the launcher's document", () => {
  const samples = {
    StudentChanges: student({ name: null, student: null }),
    RunChanges: {
      runId: "",
      endedAt: "",
      students: [],
      leftOut: 0,
      skipped: [],
      warned: [],
    } satisfies RunChanges,
    PastRun: {
      runId: "",
      source: "button",
      outcome: "succeeded",
      startedBy: null,
      startedAt: "",
      durationSeconds: 0,
      changes: null,
      skipped: [],
      warnings: [],
      message: null,
      hasChanges: false,
    } satisfies PastRun,
    Explanation: {
      verdict: "",
      outcome: "absent",
      sentence: "",
      facts: [],
      record_id: null,
      name: null,
    } satisfies Explanation,
  };
  for (const [name, sample] of Object.entries(samples)) {
    const { properties } = schemas[name] as { properties?: object };
    expect(Object.keys(properties!), name).toEqual(expect.arrayContaining(Object.keys(sample)));
  }
});

test("each change of a student is a line", () => {
  const old = { vision: 3, effort: null, overall: 5 };
  const lines = linesOf(
    student({
      student: "updated",
      fields: ["name", "year_group"],
      scores: [
        { cycle: 1, old, new: { vision: 4, effort: 6, overall: 5 } },
        { cycle: 2, new: { vision: 7, effort: null, systems: 0, practice: 1, attitude: 2, overall: 3 } },
        { cycle: 3, old, new: old },
      ],
      comments: [{ cycle: 1, change: "inserted", kinds: ["rrc", "goal"] }],
      answers: [{ cycle: 1, change: "updated", count: 1 }],
    }),
  );
  expect(lines).toEqual([
    "Details changed: name, year group",
    "Cycle 1: Vision 3 → 4, Effort – → 6",
    "Cycle 2: new scores, Vision 7, Effort –, Systems 0, Practice 1, Attitude 2, Overall 3",
    "Cycle 3: scores rewritten with the same values",
    "Cycle 1: reflection and goal new",
    "Cycle 1: 1 answer changed",
  ]);
  expect(linesOf(student({ student: "inserted" }))).toEqual(["New student"]);
});

test("students are sorted by name, and those without one by record", () => {
  const names = ["Zoë", "Ännchen", "Bo", null].map((name) => student({ name }));
  expect(sorted(names).map(({ name }) => name)).toEqual(["Ännchen", "Bo", null, "Zoë"]);
});

test("students of one name are told apart by their records", () => {
  const names = ["Ann", "Bo", "Ann", "Cy", "Ann"].map((name) => student({ name }));
  expect([...namesakes(names)]).toEqual(["Ann"]);
});

test("no cell of a file is a formula, and every text arrives as it is", () => {
  const csv = toCsv([
    ["=1+1", "+1", "-1", "@x", "\t=1", "  =1", "a=b"],
    ['say "hi"', "a,b", "two\nlines", -1, null, undefined, "é"],
  ]);
  expect(csv).toBe(`\ufeff'=1+1,'+1,'-1,'@x,'\t=1,'  =1,a=b\r\n"say ""hi""","a,b","two\nlines",-1,,,é\r\n`);
});

test("a file holds a row for each student, table and cycle, with scores before and after", () => {
  const [head, ...rows] = fileOf([
    student({
      name: "=Ann",
      student: "inserted",
      scores: [{ cycle: 1, old: { vision: 3 }, new: { vision: 4 } }],
      answers: [{ cycle: 2, change: "inserted", count: 32 }],
    }),
  ]);
  expect(rows).toHaveLength(3);
  const vision = head!.indexOf("Vision before");
  expect(rows[1]!.slice(vision, vision + 2)).toEqual([3, 4]);
  expect(toCsv(rows)).toContain("'=Ann,");
});

test("every reason to skip a record says what to do in Knack", () => {
  const changes = {
    skipped: valuesOf("SkipReason").map((reason) => ({ reason, count: 1, records: [] })),
    warned: [
      { code: "missing_email", message: "The same again.", count: 1, records: [] },
      { code: "of_tomorrow", message: "Something new.", count: 1, records: [] },
    ],
  } as unknown as RunChanges;
  const groups = attentionOf(changes);
  const known = groups.slice(0, -1);
  expect(known.map(({ code }) => code)).toEqual(valuesOf("SkipReason"));
  for (const { code, title, advice } of known) {
    expect(title, code).not.toContain(code);
    expect(advice, code).toMatch(/\.$/);
  }
  expect(groups.at(-1)).toMatchObject({ title: "Something new.", advice: "" });
});
