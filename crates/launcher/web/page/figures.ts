// What the page says about a school's figures. Pure. Every number is written here, so that it is rounded in one way wherever
// it stands.

import type { CycleFigures, Element, Overview } from "./api";
import { ELEMENTS } from "./api";
import { formatIn } from "../src/words/format";

const format = formatIn();
const percents = new Intl.NumberFormat("en-GB", { style: "percent", maximumFractionDigits: 1 });
const means = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const NOTHING = "–";

export interface Tile {
  name: string;
  value: string;
  note: string;
}

/** What there is to show. Each but the last two is a sentence, for which numbers would be misleading. */
export type Shown =
  | { kind: "loading" }
  | { kind: "nothing"; sentence: string; undated: string | null }
  | { kind: "students-only"; tiles: Tile[]; sentence: string; undated: string | null }
  | { kind: "figures"; tiles: Tile[]; undated: string | null; measures: Measure[]; cycles: CycleFigures[] };

/** One of the elements, or exam readiness, over the cycles. */
export interface Measure {
  name: string;
  scale: string;
  bars: Bar[];
}

export interface Bar {
  cycle: number;
  /** "6.6", or a dash. */
  text: string;
  /** Its length, from 0 to 100. */
  length: number;
}

export function shownOf(overview: Overview | null): Shown {
  if (overview === null) return { kind: "loading" };
  const undated = undatedOf(overview.withoutCompletionDate);
  if (overview.students === 0) return { kind: "nothing", sentence: withoutStudents(overview), undated };
  const tiles = tilesOf(overview);
  if (overview.cycles.length === 0) {
    const sentence = "No questionnaire has been completed yet, so there are no averages.";
    return { kind: "students-only", tiles, sentence, undated };
  }
  return { kind: "figures", tiles, undated, measures: measuresOf(overview.cycles), cycles: overview.cycles };
}

function withoutStudents({ academicYear, lastRefreshAt }: Overview): string {
  return lastRefreshAt === null
    ? `This school has not been refreshed yet in ${academicYear}. Press Refresh Data to fetch its students from Knack.`
    : `Knack has no completed questionnaires of this school in ${academicYear}, so there are no students to show.`;
}

/** Nobody knows which year these records belong to, so they are counted beside the figures and never in them. */
function undatedOf(records: number | null): string | null {
  if (!records) return null;
  return records === 1
    ? "1 record in Knack has no completion date, so it counts in none of these figures."
    : `${format.number(records)} records in Knack have no completion date, so they count in none of these figures.`;
}

export const tileNames = ["Students", "Completed", "Response rate", "Answers", "Comments"] as const;

function tilesOf(overview: Overview): Tile[] {
  const { comments, answers, responseRate } = overview;
  const said: Record<(typeof tileNames)[number], [value: string, note: string]> = {
    Students: [format.number(overview.students), "in this academic year"],
    Completed: [format.number(overview.completed), "at least one questionnaire"],
    "Response rate": [
      responseRate === null ? NOTHING : percents.format(responseRate),
      `${format.number(overview.notCompleted)} not completed yet`,
    ],
    Answers: [
      answers === null ? NOTHING : format.number(answers),
      answers === null ? "could not be read" : "to the questions",
    ],
    Comments: [
      format.number(comments.total),
      `${format.counted(comments.rrc, "reflection")}, ${format.counted(comments.goal, "goal")}`,
    ],
  };
  return tileNames.map((name) => ({ name, value: said[name][0], note: said[name][1] }));
}

/** The elements and the overall average, and exam readiness beside them, which has a scale of its own. */
function measuresOf(cycles: CycleFigures[]): Measure[] {
  const measure = (
    name: string,
    least: number,
    most: number,
    value: (of: CycleFigures) => number | null,
  ) => ({
    name,
    scale: `${least} to ${most}`,
    bars: cycles.map((of) => barOf(of.cycle, value(of), least, most)),
  });
  return [
    ...ELEMENTS.map((element) => measure(titled(element), 0, 10, ({ means }) => means[element])),
    measure("Exam readiness", 1, 5, ({ examReadiness }) => examReadiness),
  ];
}

/** A bar begins where its scale does, so that half a bar is the middle of the scale. */
function barOf(cycle: number, value: number | null, least: number, most: number): Bar {
  const share = value === null ? 0 : (value - least) / (most - least);
  return { cycle, text: meanText(value), length: Math.min(100, Math.max(0, share * 100)) };
}

/** An average, as it is written everywhere. */
export function meanText(value: number | null): string {
  return value === null ? NOTHING : means.format(value);
}

export function count(n: number): string {
  return format.number(n);
}

function titled(element: Element): string {
  return element[0]!.toUpperCase() + element.slice(1);
}
