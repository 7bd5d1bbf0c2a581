/** "1,000". */
export declare function grouped(n: number): string;
/** "1 student", "1,000 students". */
export declare function counted(n: number, noun: string): string;
