// The selected school in the page's address, so that Back, a bookmark, a reload and a second tab show it. Nothing else is ever
// put there, least of all the token.

import { readonly, ref } from "vue";

const NAME = "school";

const selected = ref(inAddress());
const left = ref<string | null>(null);
window.addEventListener("popstate", () => {
  left.value = selected.value;
  selected.value = inAddress();
});

/** The id in the address, if there is one. Anybody may have typed it. */
export const schoolInAddress = readonly(selected);

/** The school that Back or Forward has led away from. */
export const schoolLeft = readonly(left);

/** The address of a school, or of the list of all. */
export function addressOf(school: string | null): string {
  return school === null
    ? location.pathname
    : `${location.pathname}?${new URLSearchParams({ [NAME]: school })}`;
}

/** Selects a school, or the list of all, as a step that Back undoes. */
export function goTo(school: string | null) {
  history.pushState(null, "", addressOf(school));
  left.value = null;
  selected.value = school;
}

function inAddress(): string | null {
  return new URLSearchParams(location.search).get(NAME);
}
