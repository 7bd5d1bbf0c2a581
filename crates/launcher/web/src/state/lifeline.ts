// An invisible element that knows whether it is in the document. A host that drops its container without unmounting tells
// nobody else.

import { h, onMounted, defineComponent, type PropType } from "vue";

const NAME = "vsr-lifeline";

/** What a component's lifeline reports to. */
export interface Attachable {
  expectLifeline(): void;
  attach(element: Element): void;
  detach(element: Element): void;
}

/** Only a browser has custom elements. */
function define() {
  if (customElements.get(NAME)) return;
  class Lifeline extends HTMLElement {
    connectedCallback() {
      this.dispatchEvent(new Event("connected"));
    }
    disconnectedCallback() {
      this.dispatchEvent(new Event("disconnected"));
    }
  }
  customElements.define(NAME, Lifeline);
}

/** Tells `refresh`, and with the event `connected` also its parent, that the component is in the document. */
export const Lifeline = defineComponent({
  props: { refresh: { type: Object as PropType<Attachable>, required: true } },
  emits: ["connected"],
  setup(props, { emit }) {
    let element: Element | null = null;
    props.refresh.expectLifeline();
    const connect = () => {
      if (!element?.isConnected) return;
      props.refresh.attach(element);
      emit("connected");
    };
    // A move within the document disconnects and connects again at once.
    const disconnect = () => queueMicrotask(() => element?.isConnected || props.refresh.detach(element!));
    if (typeof customElements !== "undefined") define();
    onMounted(connect);
    return () =>
      h(NAME, {
        hidden: true,
        ref: (it) => {
          element = (it as Element | null) ?? element;
        },
        onConnected: connect,
        onDisconnected: disconnect,
      });
  },
});
