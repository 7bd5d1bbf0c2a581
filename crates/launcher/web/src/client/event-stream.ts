// Server-sent events out of bytes that are cut anywhere (WHATWG HTML §9.2). Pure; the reader of a fetch stream, because
// EventSource can send no Authorization header. The names of events are left out: each tells the same, the whole run.

import { unreadable } from "./error";

export interface ServerEvent {
  /** The newest id; to be sent as Last-Event-ID when the stream breaks. */
  id: string;
  data: string;
}

/** What comes without an end of line in between; our events are some kilobytes. */
const LONGEST = 1_000_000;

/** A carriage return at the very end may be half of a line's end. */
const END_OF_LINE = /\r\n|\n|\r(?=[^])/g;

/** Returns what to call with each piece of the stream; it returns the events that are complete by then. */
export function eventReader(): (piece: Uint8Array) => ServerEvent[] {
  const decoder = new TextDecoder();
  let rest = "";
  let id = "";
  let data: string[] = [];

  const take = (line: string): ServerEvent | null => {
    if (line === "") {
      const event = data.length > 0 ? { id, data: data.join("\n") } : null;
      data = [];
      return event;
    }
    const [, field, value] = /^([^:]*):? ?([^]*)$/.exec(line) ?? [];
    if (field === "id") id = value ?? "";
    if (field === "data") data.push(value ?? "");
    return null;
  };

  return (piece) => {
    rest += decoder.decode(piece, { stream: true });
    const lines = rest.split(END_OF_LINE);
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST) throw unreadable();
    return lines.map(take).filter((event) => event !== null);
  };
}
