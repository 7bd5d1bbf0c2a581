import { type Ref } from "vue";
export declare function useNow(isTicking: () => boolean): {
    now: Readonly<Ref<number>>;
    tick: () => void;
};
