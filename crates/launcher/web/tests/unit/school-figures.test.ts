// The figures of a school on the page.
import { mount } from "@vue/test-utils";
import { describe, expect, test } from "vitest";

import type { Overview } from "../../page/api";
import SchoolFigures from "../../page/SchoolFigures.vue";

const MEANS = { vision: 7, effort: 6, systems: 5, practice: 8, attitude: 7, overall: 6.6 };

function overview(change: Partial<Overview> = {}): Overview {
  return {
    establishmentName: "Alder Park School",
    academicYear: "2026/2027",
    students: 465,
    completed: 434,
    notCompleted: 31,
    responseRate: 0.933,
    withoutCompletionDate: 12,
    answers: 19_552,
    cycles: [
      { cycle: 1, count: 434, means: MEANS, examReadiness: 3.46 },
      { cycle: 2, count: 118, means: MEANS, examReadiness: null },
    ],
    comments: { rrc: 5, goal: 5, total: 10 },
    lastRefreshAt: null,
    ...change,
  };
}

function shown(given: Overview | null) {
  const page = mount(SchoolFigures, {
    props: { overview: given },
    global: { stubs: { CyclesChart: true } },
  });
  const tile = (name: string) => {
    const found = page.findAll(".tile").find((it) => it.get("dt").text() === name);
    return found!.findAll("dd").map((it) => it.text());
  };
  const row = (name: string) => {
    const found = page.findAll("tr").find((it) => it.get("th").text().startsWith(name));
    return found?.findAll("td").map((it) => it.text());
  };
  return { page, tile, row };
}

describe("a school's figures", () => {
  test("show the number of answers, and exam readiness by cycle where there are any", () => {
    const { tile, row } = shown(overview());
    expect(tile("Answers")).toEqual(["19,552", "to the questions"]);
    expect(row("Exam readiness")).toEqual(["3.5", "–"]);
    expect(row("Overall")).toEqual(["6.6", "6.6"]);
  });

  test("show the rate of stored students, and records without a date beside it", () => {
    for (const [records, text] of [
      [0, "0 records in Knack have no completion date"],
      [1, "1 record in Knack has no completion date"],
      [1_200, "1,200 records in Knack have no completion date"],
    ] as const) {
      const { page, tile } = shown(overview({ withoutCompletionDate: records }));
      expect(tile("Response rate")).toEqual(["93.3%", "31 not completed yet"]);
      expect(page.text()).toContain(text);
    }
    const { page } = shown(overview({ withoutCompletionDate: null }));
    expect(page.text()).not.toContain("completion date");
  });

  test("say that the answers could not be read", () => {
    const cycles = overview().cycles.map((cycle) => ({ ...cycle, examReadiness: null }));
    const { tile, row } = shown(overview({ answers: null, cycles }));
    expect(tile("Answers")).toEqual(["–", "could not be read"]);
    expect(row("Exam readiness")).toEqual(["–", "–"]);
  });

  test("have their places before they are loaded", () => {
    const { page, tile, row } = shown(null);
    for (const name of ["Students", "Completed", "Response rate", "Answers", "Comments"]) {
      expect(tile(name)[0]).toBe("–");
    }
    expect(row("Exam readiness")).toBeUndefined();
    expect(page.findAll("p.quiet")).toHaveLength(1);
  });
});
