/** "27 hours"; hours up to two days, since a day is what makes data stale. */
export declare function span(ms: number): string;
/** "1 student", "2 students". */
export declare function counted(n: number, noun: string): string;
/** "3:42", rounded up, so that 0:00 is not shown while something is left. */
export declare function countdown(ms: number): string;
/** "0:12". */
export declare function elapsed(ms: number): string;
/** "2 s", "65 s", "3 min"; never less than a second, and never broken at the end of a line. */
export declare function duration(seconds: number): string;
