// The texts of one place: the package's, some of them replaced by the dashboard's, and its language's numbers.

import { formatIn, type Format } from "./format";
import { messages, type Messages } from "./messages";

export interface Words {
  messages: Messages;
  format: Format;
}

/** Any of the texts; of a table of texts, any of its rows. */
export type MessageOverrides = {
  [K in keyof Messages]?: Messages[K] extends Record<string, unknown> ? Partial<Messages[K]> : Messages[K];
};

export function wordsOf(overrides: MessageOverrides = {}, lang?: string): Words {
  const all: Record<string, unknown> = { ...messages };
  for (const [name, text] of Object.entries(overrides)) {
    const own = all[name];
    if (text !== undefined) all[name] = typeof own === "object" ? { ...own, ...(text as object) } : text;
  }
  return { messages: all as Messages, format: formatIn(lang) };
}
