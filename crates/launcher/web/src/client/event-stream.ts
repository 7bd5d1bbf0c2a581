// Parses server-sent events from chunks of bytes that may be split anywhere (WHATWG HTML, "Server-sent events"). Pure.
// EventSource would do this, but cannot send an Authorization header. Event names are ignored, because every event carries the
// whole run.

import { unreadable } from "./error";

export interface ServerEvent {
  /** The newest id, to send as Last-Event-ID after the stream has broken. */
  id: string;
  data: string;
}

/** The most characters to hold of an unfinished event, or of an unfinished line. The launcher's are a few kilobytes. */
const MAX_CHARACTERS = 1_000_000;

/** A carriage return at the end of a chunk may be the first half of CRLF, so it is not a line end yet. */
const END_OF_LINE = /\r\n|\n|\r(?=[^])/g;

/** Returns a parser: call it with each chunk; it returns the events that the chunk completes. */
export function eventParser(): (chunk: Uint8Array) => ServerEvent[] {
  const decoder = new TextDecoder();
  let rest = "";
  let id = "";
  let data: string[] = [];
  let length = 0;

  const parseLine = (line: string): ServerEvent | null => {
    if (line === "") {
      const event = data.length > 0 ? { id, data: data.join("\n") } : null;
      data = [];
      length = 0;
      return event;
    }
    const [, field, value] = /^([^:]*):? ?([^]*)$/.exec(line) ?? [];
    if (field === "id") id = value ?? "";
    if (field === "data") data.push(value ?? "");
    length += line.length;
    if (length > MAX_CHARACTERS) throw unreadable();
    return null;
  };

  return (chunk) => {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split(END_OF_LINE);
    rest = lines.pop() ?? "";
    if (rest.length > MAX_CHARACTERS) throw unreadable();
    return lines.map(parseLine).filter((event) => event !== null);
  };
}
