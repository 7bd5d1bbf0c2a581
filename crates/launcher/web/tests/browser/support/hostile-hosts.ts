// Pages whose style sheets and surroundings are harder on what they embed than those of most dashboards. Own words for the
// kinds of rules that frameworks, site builders and resets have.

import type { Host } from "./hosts";

const BOOTSTRAP = `
  *, *::before, *::after { box-sizing: border-box; }
  body { margin: 0; font-size: 1rem; font-weight: 400; line-height: 1.5; -webkit-text-size-adjust: 100%; }
  h1, h2, h3 { margin-top: 0; margin-bottom: 0.5rem; font-weight: 500; line-height: 1.2; font-size: calc(1.3rem + 0.9vw); }
  p { margin-top: 0; margin-bottom: 1rem; }
  ul { padding-left: 2rem; margin-bottom: 1rem; }
  button { border-radius: 0; text-transform: none; }
  button:focus:not(:focus-visible) { outline: 0; }
  button, [type="button"] { -webkit-appearance: button; }
  button:not(:disabled), [type="button"]:not(:disabled) { cursor: pointer; }
  img, svg { vertical-align: middle; }
  summary { display: list-item; cursor: pointer; }
  progress { vertical-align: baseline; }`;

const BY_ID = `
  #page #app button { all: unset; color: #fff; padding: 3rem; }
  #page #app dialog { margin: 0; width: 100%; color: #fff; }
  #page #app :is(h2, p, span, time, li) { color: #fff; font-size: 30px; margin: 1rem; }
  #page #app progress { height: 3rem; }
  #page #app section { background: red; }`;

const INHERITED = `
  .header { pointer-events: none; -webkit-text-fill-color: transparent; background: linear-gradient(#fff, #eee);
    word-break: break-all; writing-mode: vertical-rl; font-variant: small-caps; letter-spacing: 0.4em; cursor: wait;
    text-align: right; text-shadow: 0 0 4px red; visibility: visible; user-select: none; }`;

const ANCESTORS = `
  .header { transform: scale(1) rotate(0deg); filter: blur(0); perspective: 100px; contain: layout style; overflow: hidden;
    will-change: transform; isolation: isolate; max-height: 90px; clip-path: inset(0); mask: linear-gradient(#000, #000);
    backdrop-filter: blur(2px); position: sticky; top: 0; z-index: 1; }
  main { position: relative; z-index: 2147483647; transform: translateZ(0); }`;

export const HOSTILE_HOSTS: Record<string, Host> = {
  "everything reverted": { css: "* { all: revert; }" },
  "everything unset": { css: "*:not(head, head *, script, style) { all: unset; }" },
  "buttons hidden by a media query": {
    css: "@media (min-width: 1px) { button, dialog, progress, [popover], details { display: none; } }",
  },
  "rules for popovers and open dialogs": {
    css: `[popover], [popover]:popover-open, dialog[open], dialog:modal { display: none; inset: 0; margin: 0; }
      :where(dialog, [popover]) { transform: translateY(40px); opacity: 0; } dialog:not([open]) { display: grid; }`,
  },
  "Bootstrap's reboot": { css: BOOTSTRAP },
  "rules by id": { css: BY_ID },
  "cascade layers": {
    css: `@layer base, theme; @layer theme { button, dialog, p, h2 { color: #fff; margin: 2rem; display: block; } }
      @layer base { * { margin: 0; padding: 1rem; } }`,
  },
  "ancestors that clip, transform and cover": { css: ANCESTORS },
  "inherited properties of every kind": { css: INHERITED },
  "drawings styled everywhere": {
    css: "svg, svg * { fill: red; stroke: none; stroke-width: 9; } button svg { margin: 1rem; transform: scale(3); display: none; }",
  },
  "a zoomed body": { css: "body { zoom: 0.8; }", isScaled: true },
  "a direction on an ancestor": { css: "", headerAttributes: 'dir="rtl"', isRightToLeft: true },
  "transitions of everything": {
    css: "* { transition: all 3s; scroll-behavior: smooth; }",
    options: { reducedMotion: "no-preference" },
  },
  "an overlay with the highest z-index": {
    css: `body::after { content: ""; position: fixed; inset: 0; z-index: 2147483647; background: #fff; }`,
    isCovered: true,
  },
};
