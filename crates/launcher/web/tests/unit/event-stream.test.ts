import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { RefreshError } from "../../src";
import { eventReader, type ServerEvent } from "../../src/client/event-stream";

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

function read(...pieces: Uint8Array[]): ServerEvent[] {
  return pieces.flatMap(eventReader());
}

describe("the reader of an event stream", () => {
  const bytes = new TextEncoder().encode(STREAM);

  test("reads the same events wherever the bytes are cut in two", () => {
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(read(bytes.slice(0, cut), bytes.slice(cut)), `cut at ${cut}`).toEqual(EVENTS);
    }
  });

  test("reads the same events byte by byte", () => {
    expect(read(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(EVENTS);
  });

  test("reads the same events in pieces of any sizes", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((end, n) => bytes.slice(places[n], end));
        expect(read(...pieces)).toEqual(EVENTS);
      }),
    );
  });

  test("tells nothing of an event that is not complete", () => {
    expect(read(new TextEncoder().encode("data: half\n"))).toEqual([]);
  });

  test("gives up on an event without an end", () => {
    const endless = new TextEncoder().encode("x".repeat(600_000));
    expect(() => read(endless, endless)).toThrow(RefreshError);
  });
});
