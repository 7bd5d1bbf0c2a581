export interface ServerEvent {
    /** The newest id, to send as Last-Event-ID after the stream has broken. */
    id: string;
    data: string;
}
/** Returns a parser: call it with each chunk; it returns the events that the chunk completes. */
export declare function eventParser(): (chunk: Uint8Array) => ServerEvent[];
