// What needs attention after a refresh, in plain words, and what to do about it in Knack. Pure.

import type { NamedRecord, RunChanges } from "./api";

export interface AttentionGroup {
  code: string;
  title: string;
  /** What exactly is the matter, where it is about more than records. */
  detail: string;
  advice: string;
  count: number;
  records: NamedRecord[];
}

/** By reason or code: what is the matter, and what to do. */
const WORDS: Record<string, [title: string, advice: string]> = {
  missing_email: [
    "No valid e-mail address",
    "Open the record in Knack and enter the student's e-mail address. Then refresh again.",
  ],
  other_school: [
    "The record belongs to another school first",
    "If the student is yours, put your school first in the record's establishment. Then refresh again.",
  ],
  outside_year: [
    "Completed in another academic year",
    "If the questionnaire was completed this year, correct its completion date in Knack. Otherwise nothing needs to be done.",
  ],
  unreadable_date: [
    "The completion date cannot be read",
    "Enter the completion date in Knack again, as day, month and year. Then refresh again.",
  ],
  duplicate_email: [
    "Two records for one student",
    "Delete the record in Knack that is out of date, or correct its e-mail address if it is another student's.",
  ],
  email_of_another_student: [
    "Two students have the same e-mail address",
    "Give each student an address of their own in Knack. Then refresh again.",
  ],
  fields_changed: [
    "Fields in Knack have changed",
    "What these fields hold, named in brackets, stays in the dashboard as it was before; everything else is up to date. Tell your administrator, who can restore the fields in Knack's builder. Then refresh again.",
  ],
  held_by_other_establishment: [
    "The e-mail address is already used by another school",
    "If the student has moved to your school, ask your administrator to move the stored student. Otherwise correct the address in Knack.",
  ],
  no_student: [
    "Answers that match no student of this school and year",
    "Check the e-mail address, the name and the completion date of the record of answers and of the student in Knack.",
  ],
  answer_out_of_range: [
    "Answers that are not numbers from 1 to 5",
    "Correct the answers in Knack. Then refresh again.",
  ],
  score_out_of_range: [
    "Scores that are not numbers from 0 to 10",
    "Correct the scores in Knack. Then refresh again.",
  ],
  record_too_large: [
    "A record is too large to be read",
    "Remove pasted images from the record in Knack, or shorten its texts. Then refresh again.",
  ],
  record_unreadable: [
    "A record cannot be read",
    "Save the record again in Knack, then refresh again. If that does not help, tell your administrator.",
  ],
  truncated: ["A text is too long and was cut", "Shorten the text in Knack. Then refresh again."],
  cleaned_text: [
    "A text holds characters that cannot be shown",
    "They were removed. Nothing has to be done.",
  ],
  adopted_orphan: [
    "Students who were of no school are now in yours",
    "Nothing has to be done. If one of them is not your student, tell your administrator.",
  ],
  changed_meanwhile: [
    "Data was changed by someone else during the refresh",
    "It was kept as it is. Refresh again to compare it with Knack.",
  ],
  student_deleted: ["A student was deleted during the refresh", "Refresh again to add the student anew."],
  row_refused: [
    "The database refused to save a student's data",
    "Tell your administrator. Everything else was saved.",
  ],
  twin_rows: [
    "Two stored students look like the same one",
    "Tell your administrator, who can remove the one that is out of date.",
  ],
  record_reused: [
    "A record now names another student",
    "Nothing needs to be done. The student who was there before stays in the dashboard.",
  ],
  kept_newer: [
    "The dashboard has a newer questionnaire than Knack",
    "Nothing needs to be done, unless it is still listed tomorrow.",
  ],
  last_years_cycle: [
    "A cycle still holds last year's scores",
    "Nothing needs to be done. The cycle appears once it has been completed this year.",
  ],
};

/** The groups of records, those that were skipped first. */
export function attentionOf({ skipped, warned }: RunChanges): AttentionGroup[] {
  const reasons = new Set(skipped.map(({ reason }) => reason));
  return [
    ...skipped.map(({ reason, count, records }) => group(reason, `Skipped: ${reason}`, count, records)),
    // What was skipped is in its own group already.
    ...warned
      .filter(({ code }) => !reasons.has(code))
      .map(({ code, message, count, records }) => group(code, message, count, records)),
  ];
}

function group(code: string, message: string, count: number, records: NamedRecord[]): AttentionGroup {
  const [title, advice] = WORDS[code] ?? [message, ""];
  return { code, title, detail: detailOf(code, message), advice, count, records };
}

/** The fields, each with what it holds and what is wrong with it: the end of the launcher's sentence. */
function detailOf(code: string, message: string): string {
  if (code !== "fields_changed") return "";
  return /What has changed: .*/s.exec(message)?.[0] ?? message;
}
