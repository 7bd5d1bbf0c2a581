// The types are written by hand; these are their words, and what the launcher's own document says.
import { expect, test } from "vitest";

import document from "../../../openapi.json";
import { messages, type RunState } from "../../src";
import type { Phase, SkipReason } from "../../src/client/contract";
import { run, status, summary } from "./samples";

const schemas = document.components.schemas as unknown as Record<
  string,
  { enum?: string[]; oneOf?: { const?: string; enum?: string[] }[]; properties?: object; required?: string[] }
>;

function wordsOf(name: string): string[] {
  const schema = schemas[name]!;
  return (schema.enum ?? schema.oneOf!.flatMap((it) => it.enum ?? [it.const!])).toSorted();
}

test("runs have the launcher's states", () => {
  const states: Record<RunState, true> = {
    queued: true,
    running: true,
    cancelling: true,
    succeeded: true,
    partial: true,
    failed: true,
    cancelled: true,
    timed_out: true,
  };
  expect(Object.keys(states).toSorted()).toEqual(wordsOf("RunState"));
});

test("every phase, every reason to wait and every reason to skip has its words", () => {
  const phases: Record<Phase, string> = messages.phases;
  expect(Object.keys(phases).toSorted()).toEqual(wordsOf("Phase"));
  expect(Object.keys(messages.waitingFor).toSorted()).toEqual(wordsOf("WaitReason"));
  for (const reason of wordsOf("SkipReason")) {
    expect(messages.skipped(reason as SkipReason, 1)).not.toContain("undefined");
  }
});

test("what is read stands in the launcher's answers", () => {
  for (const [name, sample] of Object.entries({
    RunView: run(),
    SchoolStatus: status(),
    Summary: summary(),
  })) {
    expect(Object.keys(schemas[name]!.properties!)).toEqual(expect.arrayContaining(Object.keys(sample)));
  }
});
