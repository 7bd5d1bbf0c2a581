// Numbers in words. Pure.

/** "1,000". */
export function grouped(n: number): string {
  return n.toLocaleString("en-GB");
}

/** "1 student", "1,000 students". */
export function counted(n: number, noun: string): string {
  return `${grouped(n)} ${noun}${n === 1 ? "" : "s"}`;
}
