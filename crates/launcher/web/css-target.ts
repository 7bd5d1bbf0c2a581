// For older browsers, Vite would put a list of languages in the place of `:dir(rtl)`, which is not the same: a page may be laid
// out from right to left in any language. Those that do not know it leave that one rule out.
export const CSS_TARGET = ["chrome123", "firefox121", "safari17.5"];
