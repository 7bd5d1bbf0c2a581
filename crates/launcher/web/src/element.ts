// <school-refresh>: the Vue component as a custom element, for pages of any kind. It lives in a shadow root, so no style sheet
// of the page reaches it, whatever its rules weigh.
//
//   <school-refresh base-url="https://refresh.example.org" establishment-id="61680fc13a0bfd001e8ca3ca"></school-refresh>
//   <script>
//     const element = document.querySelector("school-refresh");
//     element.getToken = () => Knack.getUserToken();
//     element.addEventListener("data-refreshed", ({ detail }) => detail.waitUntil(reload()));
//   </script>

import { createApp, h, shallowReactive, type App } from "vue";

import { createRefreshClient, type RefreshClient } from "./client/client";
import type { Summary } from "./client/contract";
import type { RefreshError } from "./client/error";
import type { ClientOptions } from "./client/http";
import SchoolRefresh from "./components/SchoolRefresh.vue";
import type { WaitUntil } from "./state/figures";
import type { Theme } from "./state/useTheme";
import { wordsOf, type MessageOverrides } from "./words/words";
import css from "./style.css?inline";

export type { Summary, RefreshError, MessageOverrides, WaitUntil };

/** What the event `data-refreshed` carries. */
export interface DataRefreshed {
  summary: Summary;
  /** Success is announced when this promise resolves, or after ten seconds. */
  waitUntil: WaitUntil;
}

export interface SchoolRefreshElement extends HTMLElement {
  /** Returns the user's token. A property and never an attribute, which every script and style sheet could read. */
  getToken: ClientOptions["getToken"];
  /** Replacements for some of the texts. */
  messages: MessageOverrides | undefined;
}

/** What the event `show-changes` carries. */
export interface ShowChanges {
  runId: string;
}

declare global {
  interface HTMLElementTagNameMap {
    "school-refresh": SchoolRefreshElement;
  }
  interface HTMLElementEventMap {
    "data-refreshed": CustomEvent<DataRefreshed>;
    "show-changes": CustomEvent<ShowChanges>;
  }
}

const NAME = "school-refresh";
const ATTRIBUTES = [
  "base-url",
  "establishment-id",
  "placement",
  "hide-button",
  "show-changes",
  "theme",
  "lang",
] as const;

function define() {
  class Element extends HTMLElement implements SchoolRefreshElement {
    static readonly observedAttributes = ATTRIBUTES;
    /** The attributes, and the properties that a page sets. */
    readonly #values = shallowReactive<Record<string, unknown>>({});
    #app: App | undefined;

    constructor() {
      super();
      addStyles(this.attachShadow({ mode: "open" }));
      // A page may have set them before this script was loaded.
      for (const name of ["getToken", "messages"] as const) {
        const given = Object.getOwnPropertyDescriptor(this, name)?.value as never;
        delete (this as Partial<this>)[name];
        if (given !== undefined) this[name] = given;
      }
    }

    get getToken() {
      return this.#values["getToken"] as ClientOptions["getToken"];
    }
    set getToken(value) {
      this.#values["getToken"] = value;
      // What was asked without a token has to be asked again.
      this.#unmount();
      this.#mount();
    }

    get messages() {
      return this.#values["messages"] as MessageOverrides | undefined;
    }
    set messages(value) {
      this.#values["messages"] = value;
    }

    attributeChangedCallback(name: string, _: string | null, value: string | null) {
      this.#values[name] = value;
    }
    connectedCallback() {
      // A script further down may set `getToken`.
      if (document.readyState !== "loading" || this.getToken) this.#mount();
      else document.addEventListener("DOMContentLoaded", () => this.#mount(), { once: true });
    }
    disconnectedCallback() {
      // A move within the document connects it again at once.
      queueMicrotask(() => this.isConnected || this.#unmount());
    }

    /** Constructed style sheets do not come along into another document. */
    adoptedCallback() {
      addStyles(this.shadowRoot!);
    }

    #mount() {
      if (this.#app || !this.isConnected) return;
      const values = this.#values;
      let client: RefreshClient | undefined;
      const clientAt = (baseUrl: string) =>
        client?.baseUrl === baseUrl
          ? client
          : (client = createRefreshClient({ baseUrl, getToken: () => this.getToken?.() ?? null }));
      // No element knows who listens to it, so an attribute asks for the button.
      const asksForButton = () => values["show-changes"] != null;
      const changesButton = (show: () => void) =>
        h(
          "button",
          { type: "button", class: "vsr-button", onClick: show },
          wordsOf(this.messages).messages.showChanges,
        );
      this.#app = createApp(() =>
        h(
          SchoolRefresh,
          {
            client: clientAt(((values["base-url"] as string | null) ?? "").replace(/\/+$/, "")),
            establishmentId: (values["establishment-id"] as string | null) ?? null,
            placement: values["placement"] === "filter-bar" ? "filter-bar" : "header",
            hideButton: values["hide-button"] != null,
            theme: (values["theme"] as Theme | null) ?? "auto",
            lang: (values["lang"] as string | null) ?? undefined,
            messages: this.messages,
            onDataRefreshed: (summary, waitUntil) => this.#tell("data-refreshed", { summary, waitUntil }),
            onShowChanges: (runId) => this.#tell("show-changes", { runId }),
            onFailed: (error) => this.#tell("failed", error),
          },
          {
            // The page's own content for it, and without any, the button.
            changes: ({ show }: { show: () => void }) =>
              h("slot", { name: "changes" }, asksForButton() ? changesButton(show) : []),
          },
        ),
      );
      this.#app.mount(this.shadowRoot!.appendChild(document.createElement("div")));
    }
    #unmount() {
      this.#app?.unmount();
      this.#app = undefined;
      this.shadowRoot!.querySelector(":scope > div, div")?.remove();
    }
    #tell(event: string, detail: unknown) {
      this.dispatchEvent(new CustomEvent(event, { detail, bubbles: true, composed: true }));
    }
  }
  customElements.define(NAME, Element);
}

/** A Content-Security-Policy may forbid style elements, but not style sheets that scripts construct. */
function addStyles(root: ShadowRoot) {
  const styles = `:host { display: inline-block } :host([hidden]) { display: none } ${css}`;
  try {
    // A document takes only those that were made in its own window.
    const sheet = new (root.ownerDocument.defaultView ?? globalThis).CSSStyleSheet();
    sheet.replaceSync(styles);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.append(Object.assign(document.createElement("style"), { textContent: styles }));
  }
}

// On a server there is nothing to define.
if (typeof customElements !== "undefined" && !customElements.get(NAME)) define();
