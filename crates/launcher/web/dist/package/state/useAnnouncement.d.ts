import { type Ref } from "vue";
/** Follows a text; says the newest one, at most every five seconds. */
export declare function useAnnouncement(text: () => string): Readonly<Ref<string>>;
