// The types are written by hand. These tests compare them with the launcher's OpenAPI document.
import { expect, test } from "vitest";

import document from "../../../openapi.json";
import { messages, type Phase, type RunState, type SkipReason, type Waiting } from "../../src";
import { HARMLESS } from "../../src/words/notification";
import { run, status, summary } from "./samples";

const schemas = document.components.schemas as unknown as Record<
  string,
  { enum?: string[]; oneOf?: { const?: string; enum?: string[] }[]; properties?: object; required?: string[] }
>;

function valuesOf(name: string): string[] {
  const schema = schemas[name]!;
  return (schema.enum ?? schema.oneOf!.flatMap((it) => it.enum ?? [it.const!])).toSorted();
}

/** All values of a type; the compiler refuses one too few, and one too many. */
const valuesOfType = <T extends string>(values: Record<T, true>) => Object.keys(values).toSorted();

test("the types have exactly the launcher's values", () => {
  const states = valuesOfType<RunState>({
    queued: true,
    running: true,
    cancelling: true,
    succeeded: true,
    partial: true,
    failed: true,
    cancelled: true,
    timed_out: true,
  });
  const phases = valuesOfType<Phase>({
    finding_school: true,
    fetching: true,
    comparing: true,
    writing: true,
    finishing: true,
  });
  const reasons = valuesOfType<SkipReason>({
    missing_email: true,
    other_school: true,
    outside_year: true,
    unreadable_date: true,
    duplicate_email: true,
    email_of_another_student: true,
    held_by_other_establishment: true,
    no_student: true,
  });
  const waits = valuesOfType<Waiting["reason"]>({ knack: true, supabase: true });
  expect({ states, phases, reasons, waits }).toEqual({
    states: valuesOf("RunState"),
    phases: valuesOf("Phase"),
    reasons: valuesOf("SkipReason"),
    waits: valuesOf("WaitReason"),
  });
});

test("every phase, wait reason and skip reason has a text, and nothing else has", () => {
  expect(Object.keys(messages.phases).toSorted()).toEqual(valuesOf("Phase"));
  expect(Object.keys(messages.waitingFor).toSorted()).toEqual(valuesOf("WaitReason"));
  expect(Object.keys(messages.skipReasons).toSorted()).toEqual(valuesOf("SkipReason"));
});

test("every warning about which nothing needs to be done is one of the launcher's", () => {
  expect(valuesOf("WarningCode")).toEqual(expect.arrayContaining([...HARMLESS]));
});

test("every member that the client reads exists in the launcher's document", () => {
  for (const [name, sample] of Object.entries({
    RunView: run(),
    SchoolStatus: status(),
    Summary: summary(),
  })) {
    expect(Object.keys(schemas[name]!.properties!)).toEqual(expect.arrayContaining(Object.keys(sample)));
  }
});

test("the summary's type is complete", () => {
  const sample = { ...summary(), error: null };
  expect(Object.keys(sample)).toEqual(expect.arrayContaining(Object.keys(schemas["Summary"]!.properties!)));
});
