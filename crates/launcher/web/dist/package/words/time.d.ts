/** "27 hours". Counts in hours up to two days, because data is stale after one day. */
export declare function roughly(ms: number): string;
/** "3:42". Rounded up, so that 0:00 means that no time is left. */
export declare function countdown(ms: number): string;
/** "0:12". Rounded down. */
export declare function elapsed(ms: number): string;
/** "2 s", "65 s", "3 min". At least one second, with a no-break space. */
export declare function duration(seconds: number): string;
