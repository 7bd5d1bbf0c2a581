import { type Ref } from "vue";
/** Follows `text`, but changes at most every five seconds, to the newest value. */
export declare function useAnnouncement(text: () => string): Readonly<Ref<string>>;
