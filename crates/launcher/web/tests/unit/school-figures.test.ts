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
    lastFailureAt: null,
    ...change,
  };
}

function shown(given: Overview | null) {
  const page = mount(SchoolFigures, {
    props: { overview: given },
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
      [1, "1 record in Knack has no completion date, so it counts in none of these figures."],
      [1_200, "1,200 records in Knack have no completion date, so they count in none of these figures."],
    ] as const) {
      const { page, tile } = shown(overview({ withoutCompletionDate: records }));
      expect(tile("Response rate")).toEqual(["93.3%", "31 not completed yet"]);
      expect(page.text()).toContain(text);
    }
    for (const none of [0, null]) {
      const { page } = shown(overview({ withoutCompletionDate: none }));
      expect(page.text()).not.toContain("completion date");
    }
  });

  test("say that the answers could not be read", () => {
    const cycles = overview().cycles.map((cycle) => ({ ...cycle, examReadiness: null }));
    const { tile, row } = shown(overview({ answers: null, cycles }));
    expect(tile("Answers")).toEqual(["–", "could not be read"]);
    expect(row("Exam readiness")).toEqual(["–", "–"]);
  });

  test("have their places before they are loaded", () => {
    const { page, row } = shown(null);
    const names = page.findAll(".tile-name").map((it) => it.text());
    expect(names).toEqual(["Students", "Completed", "Response rate", "Answers", "Comments"]);
    expect(page.findAll(".value").map((it) => it.text())).toEqual(["–", "–", "–", "–", "–"]);
    expect(row("Exam readiness")).toBeUndefined();
  });

  test("are as round in the chart as in the table", () => {
    for (const [mean, text] of [
      [6.65, "6.7"],
      [6.649, "6.6"],
      [7, "7.0"],
      [0, "0.0"],
      [10, "10.0"],
      [null, "–"],
    ] as const) {
      const cycles = [{ cycle: 1, count: 1, means: { ...MEANS, vision: mean }, examReadiness: 3.46 }];
      const { page, row } = shown(overview({ cycles }));
      expect(row("Vision")).toEqual([text]);
      expect(page.findAll(".bar-value")[0]!.text()).toBe(text);
    }
  });

  test("have exam readiness beside the elements, each bar with its cycle and its scale", () => {
    const { page } = shown(overview());
    const names = page.findAll(".measure-name").map((it) => it.text());
    expect(names).toEqual([
      "Vision 0 to 10",
      "Effort 0 to 10",
      "Systems 0 to 10",
      "Practice 0 to 10",
      "Attitude 0 to 10",
      "Overall 0 to 10",
      "Exam readiness 1 to 5",
    ]);
    const bars = page.findAll(".measure").map((it) => it.findAll(".bar-row").map((bar) => bar.text()));
    expect(bars[0]).toEqual(["Cycle 17.0", "Cycle 27.0"]);
    expect(bars[6]).toEqual(["Cycle 13.5", "Cycle 2–"]);
  });

  test("are drawn from the beginning of their scale to its end", () => {
    const drawn = (vision: number, examReadiness: number) => {
      const cycles = [{ cycle: 1, count: 1, means: { ...MEANS, vision }, examReadiness }];
      const bars = shown(overview({ cycles })).page.findAll("rect:not(.scale)");
      return [bars[0]!, bars[6]!].map((bar) => Number(bar.attributes("width")));
    };
    expect(drawn(0, 1)).toEqual([0, 0]);
    expect(drawn(5, 3)).toEqual([50, 50]);
    expect(drawn(10, 5)).toEqual([100, 100]);
    // Whatever a column without a check may hold.
    expect(drawn(12, 0.5)).toEqual([100, 0]);
  });

  test("are a sentence where there are none", () => {
    const none = { students: 0, completed: 0, notCompleted: 0, responseRate: null, cycles: [] };
    const refreshed = "2026-11-26T12:00:00Z";
    for (const [given, sentence, tiles] of [
      [{ ...none, lastRefreshAt: null }, "This school has not been refreshed yet in 2026/2027", 0],
      [{ ...none, lastRefreshAt: refreshed }, "Knack has no completed questionnaires of this school", 0],
      [{ cycles: [], lastRefreshAt: refreshed }, "No questionnaire has been completed yet", 5],
    ] as const) {
      const { page } = shown(overview({ ...given, cycles: [] }));
      expect(page.text()).toContain(sentence);
      expect(page.text()).toContain("12 records in Knack have no completion date");
      expect(page.findAll(".tile")).toHaveLength(tiles);
      expect(page.findAll("svg, table")).toHaveLength(0);
    }
  });
});
