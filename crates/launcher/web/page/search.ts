// What the user looks for in the list of schools, kept for as long as the tab lives, so that they find it so when they go back.

import { reactive } from "vue";

import type { Order } from "./schools";

const NOTHING = { typed: "", order: "name" as Order };

export const search = reactive({ ...NOTHING });

/** Another user may sign in. */
export function forgetSearch() {
  Object.assign(search, NOTHING);
}
