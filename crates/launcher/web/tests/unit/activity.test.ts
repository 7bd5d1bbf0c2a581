import { expect, test } from "vitest";

import document from "../../../openapi.json";
import type { Explanation, PastRun, RunChanges, StudentChanges } from "../../page/activity/api";
import { attentionOf } from "../../page/activity/attention";
import { onlyNew } from "../../page/activity/averages";
import { toCsv } from "../../page/activity/csv";
import { averagesOf, fileOf, linesOf, namesakes, sorted } from "../../page/activity/rows";
import { isQuestion } from "../../page/activity/useExplanation";

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

test("averages are compared as they are shown", () => {
  const cycle = (n: number, vision: number | null) => ({
    cycle: n,
    count: 3,
    means: { vision, effort: 5, systems: 5, practice: 5, attitude: 5, overall: 5 },
    examReadiness: null,
  });
  expect(averagesOf([cycle(1, 4)], [cycle(1, 4.5)])).toEqual(["Cycle 1: Vision 4.0 → 4.5"]);
  expect(averagesOf([cycle(1, 4.52)], [cycle(1, 4.54)])).toEqual([]);
  expect(averagesOf([cycle(1, 4)], [cycle(1, null)])).toEqual(["Cycle 1: Vision 4.0 → –"]);
  const all = "Vision – → 4.0, Effort – → 5.0, Systems – → 5.0, Practice – → 5.0";
  expect(averagesOf([], [cycle(2, 4)])).toEqual([`Cycle 2: ${all}, Attitude – → 5.0, Overall – → 5.0`]);
});

test("averages before a run are known where that run alone came between", () => {
  const past = (runId: string, hasChanges = true) => ({ runId, hasChanges }) as PastRun;
  const [a, b, c] = ["a", "b", "c"].map((runId) => past(runId)) as [PastRun, PastRun, PastRun];
  expect(onlyNew([a], [b, a])).toBe("b");
  expect(onlyNew([], [a])).toBe("a");
  expect(onlyNew([a], [c, b, a])).toBeNull();
  expect(onlyNew([a], [a])).toBeNull();
  expect(onlyNew([a], [past("b", false), a])).toBeNull();
});

test("a question is a record's id or an e-mail address, and nothing else is asked", () => {
  for (const text of ["61680FC13A0BFD001E8CA3CA", "ann@example.test", "ännchen@example.test"])
    expect(isQuestion(text), text).toBe(true);
  for (const text of ["", "Ann Other", "61680fc1", "ann@", "@example.test", "a@b c@d", "a@b@c"])
    expect(isQuestion(text), text).toBe(false);
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

/** Those that are about a whole refresh say so in the launcher's own sentence. */
const OF_A_WHOLE_REFRESH = [
  "answers_not_refreshed",
  "answers_suspiciously_empty",
  "answers_suspiciously_few",
  "changed_while_reading",
  "clock_skew",
  "column_missing",
  "limit_not_shared",
  "log_not_written",
  "not_counted",
  "short_page",
  "suspiciously_empty",
  "suspiciously_few",
];

test("every warning about a record says what is the matter and what to do", () => {
  const codes = valuesOf("WarningCode").filter((code) => !OF_A_WHOLE_REFRESH.includes(code));
  const warned = codes.map((code) => ({ code, message: `Untold: ${code}`, count: 1, records: [] }));
  const groups = attentionOf({ skipped: [], warned } as unknown as RunChanges);
  for (const { code, title, advice } of groups) {
    expect(title, code).not.toContain("Untold");
    expect(advice, code).toMatch(/\.$/);
  }
  expect(groups.length).toBeGreaterThan(12);
});

test("fields that have changed are named with what they hold, what became of that, and what to do", () => {
  const end =
    "What has changed: field_156 (effort in cycle 1) is missing, and field_155 (vision in cycle 1) is now text.";
  const message = `Fields in Knack are no longer what a refresh expects. Tell your administrator. ${end}`;
  const warned = [{ code: "fields_changed", message, count: 2, records: [] }];
  const [group] = attentionOf({ skipped: [], warned } as unknown as RunChanges);
  expect(group).toMatchObject({ title: "Fields in Knack have changed", detail: end, count: 2 });
  expect(group!.advice).toContain("stays in the dashboard as it was before");
  expect(group!.advice).toContain("restore the fields in Knack's builder");

  // Another launcher may say it in other words.
  warned[0]!.message = "Something about fields.";
  const [other] = attentionOf({ skipped: [], warned } as unknown as RunChanges);
  expect(other!.detail).toBe("Something about fields.");
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
