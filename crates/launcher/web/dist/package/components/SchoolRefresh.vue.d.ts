import type { RefreshClient } from "../client/client";
import type { Summary } from "../client/contract";
import type { RefreshError } from "../client/error";
import type { Messages } from "../words/messages";
type __VLS_Props = {
    client: RefreshClient;
    /** The school's Knack or Supabase id; without one, nothing is shown. */
    establishmentId: string | null;
    placement?: "header" | "filter-bar" | undefined;
    /** Shows only how fresh the data is. */
    hideButton?: boolean;
    /** Replacements for some of the package's texts. */
    messages?: Partial<Messages>;
};
declare const __VLS_export: import("vue").DefineComponent<__VLS_Props, {}, {}, {}, {}, import("vue").ComponentOptionsMixin, import("vue").ComponentOptionsMixin, {
    failed: (error: RefreshError) => any;
    "data-refreshed": (summary: Summary) => any;
}, string, import("vue").PublicProps, Readonly<__VLS_Props> & Readonly<{
    onFailed?: (error: RefreshError) => any;
    "onData-refreshed"?: (summary: Summary) => any;
}>, {}, {}, {}, {}, string, import("vue").ComponentProvideOptions, false, {}, any>;
declare const _default: typeof __VLS_export;
export default _default;
