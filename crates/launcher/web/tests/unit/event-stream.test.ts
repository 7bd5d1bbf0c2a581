import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { RefreshError } from "../../src";
import { eventParser, type ServerEvent } from "../../src/client/event-stream";

const STREAM = [
  "retry: 3000\n\n",
  'id: run-1\nevent: snapshot\ndata: {"name":"Älder Pärk 🏫"}\n\n',
  ": keep-alive\n\n",
  "id: run-2\r\nevent: progress\r\ndata: first\r\ndata: second\r\n\r\n",
  "id: run-3\revent: end\rdata:tight\r\r",
  "data: last\n\n",
].join("");

const EVENTS: ServerEvent[] = [
  { id: "run-1", data: '{"name":"Älder Pärk 🏫"}' },
  { id: "run-2", data: "first\nsecond" },
  { id: "run-3", data: "tight" },
  { id: "run-3", data: "last" },
];

function parse(...chunks: Uint8Array[]): ServerEvent[] {
  return chunks.flatMap(eventParser());
}

describe("the parser of an event stream", () => {
  const bytes = new TextEncoder().encode(STREAM);

  test("returns the same events wherever the bytes are split in two", () => {
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(parse(bytes.slice(0, cut), bytes.slice(cut)), `cut at ${cut}`).toEqual(EVENTS);
    }
  });

  test("returns the same events byte by byte", () => {
    expect(parse(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(EVENTS);
  });

  test("returns the same events from chunks of any size", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const chunks = places.slice(1).map((end, n) => bytes.slice(places[n], end));
        expect(parse(...chunks)).toEqual(EVENTS);
      }),
    );
  });

  test("does not return an incomplete event", () => {
    expect(parse(new TextEncoder().encode("data: half\n"))).toEqual([]);
  });

  test("ignores a byte order mark, and fields that it does not know", () => {
    const marked = new TextEncoder().encode("\uFEFFdata: first\nid\ndata\nother: x\n\n");
    expect(parse(marked)).toEqual([{ id: "", data: "first\n" }]);
  });

  test.each([
    ["a line", "x"],
    ["an event", "data: x\n"],
    ["an event without data", "retry: 1\r"],
  ])("rejects %s without an end", (_, part) => {
    const endless = new TextEncoder().encode(part.repeat(600_000 / part.length));
    const parser = eventParser();
    expect(() => {
      for (let n = 0; n < 3; n += 1) parser(endless);
    }).toThrow(RefreshError);
  });

  test("takes any number of events and of comments between them", () => {
    const parser = eventParser();
    const event = new TextEncoder().encode(
      `: ${"x".repeat(1_000)}\ndata: ${"y".repeat(1_000)}\n\n`.repeat(100),
    );
    for (let n = 0; n < 20; n += 1) expect(parser(event)).toHaveLength(100);
  });
});
