// The user's schools on the page: told apart, found, selected.
import { describe, expect, test } from "vitest";

import { choiceOf, found, named, ordered, type School } from "../../page/schools";

const ids = ["5f1a20c4e7b3d9001c0a0001", "5f1a20c4e7b3d9001c0a0002", "5f1a20c4e7b3d9001c0a0003"] as const;

function schools(...names: string[]): School[] {
  return names.map((name, n) => ({
    establishmentId: ids[n]!,
    establishmentUuid: `00000000-0000-4000-8000-00000000000${n}`,
    name,
    lastRefreshAt: null,
  }));
}

describe("a school", () => {
  test.each([
    [
      ["Oak School", "Elm School"],
      [null, null],
    ],
    [
      ["Oak School", "Oak School", "Elm School"],
      [ids[0], ids[1], null],
    ],
    // Nobody sees these differences.
    [
      ["Oak School", "oak  school "],
      [ids[0], ids[1]],
    ],
    [
      ["St Anne's", "St Anne’s"],
      [ids[0], ids[1]],
    ],
  ])("of %j has a mark only where another has its name", (names, marks) => {
    const shown = named(schools(...names)).map(({ mark }) => mark);
    expect(shown).toEqual(marks.map((id) => id && `Knack record ${id}`));
  });

  test("without a name can be chosen all the same", () => {
    const [school] = named(schools(" "));
    expect(school).toMatchObject({ name: "School without a name", mark: `Knack record ${ids[0]}` });
  });

  test.each([
    ["", 3],
    ["  ", 3],
    ["school", 2],
    ["SCHOOL école", 1],
    ["ecole", 1],
    ["st annes", 1],
    ["النور", 1],
    [ids[1], 1],
    [ids[1].toUpperCase(), 1],
    ["beech", 0],
  ])("is found by what people type: %j finds %i", (typed, count) => {
    const all = named(schools("École School", "St Anne’s School", "مدرسة النور"));
    expect(found(all, typed)).toHaveLength(count);
  });
});

describe("in order", () => {
  const refreshed = (name: string, lastRefreshAt: string | null) => ({ ...schools(name)[0]!, lastRefreshAt });
  const all = [
    refreshed("Ash", "2026-11-25T12:00:00Z"),
    refreshed("Elm", null),
    refreshed("Fir", "2026-11-24T12:00:00Z"),
    refreshed("Oak", null),
  ];
  test.each([
    ["name", "schools are as they come", ["Ash", "Elm", "Fir", "Oak"]],
    ["age", "those without a refresh are first, by name, and then the oldest", ["Elm", "Oak", "Fir", "Ash"]],
  ] as const)("by %s, %s", (order, _, names) => {
    expect(ordered(all, order).map(({ name }) => name)).toEqual(names);
  });
});

describe("the school that is shown", () => {
  const two = named(schools("Oak", "Elm"));
  const one = two.slice(0, 1);
  test.each([
    ["of nobody's schools", [], null, "no-schools"],
    ["of nobody's schools, by address", [], ids[0], "no-schools"],
    ["is the only one", one, null, ids[0]],
    ["is chosen from several", two, null, "all"],
    ["is the one in the address", two, ids[1], ids[1]],
    ["may be named in capitals", two, ids[1].toUpperCase(), ids[1]],
    ["may be named by its UUID", two, "00000000-0000-4000-8000-000000000001", ids[1]],
    ["is none where the address names another's", one, ids[2], "unknown"],
    ["is none where the address names nothing", two, "", "unknown"],
  ])("%s", (_, all, address, expected) => {
    const choice = choiceOf(all, address);
    expect(choice.kind === "one" ? choice.school.establishmentId : choice.kind).toBe(expected);
  });
});
