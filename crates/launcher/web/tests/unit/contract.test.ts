// The types are written by hand. These tests compare them with the launcher's OpenAPI document.
import { expect, test } from "vitest";

import document from "../../../openapi.json";
import { messages, type Phase, type RunState } from "../../src";
import { run, status, summary } from "./samples";

const schemas = document.components.schemas as unknown as Record<
  string,
  { enum?: string[]; oneOf?: { const?: string; enum?: string[] }[]; properties?: object; required?: string[] }
>;

function valuesOf(name: string): string[] {
  const schema = schemas[name]!;
  return (schema.enum ?? schema.oneOf!.flatMap((it) => it.enum ?? [it.const!])).toSorted();
}

test("the run states are the launcher's", () => {
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
  expect(Object.keys(states).toSorted()).toEqual(valuesOf("RunState"));
});

test("every phase, wait reason and skip reason has a text", () => {
  const phases: Record<Phase, string> = messages.phases;
  expect(Object.keys(phases).toSorted()).toEqual(valuesOf("Phase"));
  expect(Object.keys(messages.waitingFor).toSorted()).toEqual(valuesOf("WaitReason"));
  expect(Object.keys(messages.skipReasons)).toEqual(expect.arrayContaining(valuesOf("SkipReason")));
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
