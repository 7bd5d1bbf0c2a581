// The outermost element of each of the package's components. It knows whether it is in the document, since a host that drops
// its container without unmounting tells nobody else. It has the theme's class, and is gone where the user has no access.

import { defineComponent, h, inject, onMounted, provide, shallowRef, type PropType } from "vue";

import type { SchoolRefresh } from "../state/useSchoolRefresh";
import { useTheme } from "../state/useTheme";

/** Another version of the package on the same page may have defined it, so a class that behaves otherwise needs another name. */
const NAME = "vsr-part";

/** Only a browser has custom elements. */
function define() {
  if (typeof customElements === "undefined" || customElements.get(NAME)) return;
  class Part extends HTMLElement {
    connectedCallback() {
      this.dispatchEvent(new Event("connected"));
    }
    disconnectedCallback() {
      this.dispatchEvent(new Event("disconnected"));
    }
  }
  customElements.define(NAME, Part);
}

/** Tells `refresh`, and with the event `connected` also its parent, that the component is in the document. */
export const Part = defineComponent({
  props: { refresh: { type: Object as PropType<SchoolRefresh>, required: true } },
  emits: ["connected"],
  setup(props, { emit, slots }) {
    const element = shallowRef<HTMLElement>();
    const { refresh } = props;
    refresh.expectParts();
    define();
    // Within another part, the colours are inherited.
    const isInner = inject(NAME, false);
    const theme = isInner ? undefined : useTheme(element, refresh);
    provide(NAME, true);
    const connect = () => {
      if (!element.value?.isConnected) return;
      refresh.attach(element.value);
      emit("connected");
    };
    // A move within the document disconnects and connects again at once.
    const disconnect = ({ target }: Event) =>
      queueMicrotask(() => (target as Element).isConnected || refresh.detach(target as Element));
    onMounted(connect);
    return () =>
      refresh.state.value.isForbidden
        ? null
        : h(
            NAME,
            {
              class: ["vsr", theme?.value],
              ref: (it) => {
                element.value = (it as HTMLElement | null) ?? undefined;
              },
              onConnected: connect,
              onDisconnected: disconnect,
            },
            slots["default"]?.(),
          );
  },
});
