// Numbers and times in a language. Pure.

/** What the texts are given to write numbers with. */
export interface Format {
  /** "1,000". */
  number(n: number): string;
  /** "64%". */
  percent(n: number): string;
  /** "1 student", "1,000 students"; for languages with these two forms. */
  counted(n: number, one: string, many?: string): string;
  /** "26 Nov 2026, 12:00:05". */
  time(at: Date): string;
}

/** `lang` is a language tag, like "en-GB" or "de". One that the browser does not know counts as British English. */
export function formatIn(lang = "en-GB"): Format {
  const known = isKnown(lang) ? lang : "en-GB";
  const number = (n: number) => n.toLocaleString(known);
  return {
    number,
    percent: (n) => (n / 100).toLocaleString(known, { style: "percent" }),
    counted: (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`,
    time: (at) => at.toLocaleString(known, { dateStyle: "medium", timeStyle: "short" }),
  };
}

function isKnown(lang: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(lang).length > 0;
  } catch {
    return false;
  }
}
