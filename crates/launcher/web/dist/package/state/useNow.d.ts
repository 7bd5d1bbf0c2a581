import { type Ref } from "vue";
export declare function useNow(isCounting: () => boolean): {
    now: Readonly<Ref<number>>;
    tick: () => void;
};
