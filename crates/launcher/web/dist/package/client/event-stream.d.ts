export interface ServerEvent {
    /** The newest id; to be sent as Last-Event-ID when the stream breaks. */
    id: string;
    data: string;
}
/** Returns what to call with each piece of the stream; it returns the events that are complete by then. */
export declare function eventReader(): (piece: Uint8Array) => ServerEvent[];
