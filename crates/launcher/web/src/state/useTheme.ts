// Whether the component's colours are light or dark: as the dashboard says, or by the background that the component has on
// the page. Not every dark page declares a `color-scheme`.

import { computed, ref, watch, type Ref } from "vue";

export type Theme = "light" | "dark" | "auto";

export interface Themed {
  readonly theme: Readonly<Ref<Theme>>;
  readonly isActive: Readonly<Ref<boolean>>;
  readonly now: Readonly<Ref<number>>;
}

/** Classes for the component's root. */
export function useTheme(
  root: Readonly<Ref<HTMLElement | undefined>>,
  { theme, isActive, now }: Themed,
): Ref<string> {
  const behind = ref("");
  const look = () => {
    if (theme.value === "auto") behind.value = root.value ? classesFor(luminanceBehind(root.value)) : "";
  };
  // A page may change its colours at any time, without an event. Most do so by an attribute of its root.
  watch([root, now, theme], look, { flush: "post" });
  watch(
    isActive,
    (active, _, onCleanup) => {
      if (!active) return;
      const observer = new MutationObserver(look);
      for (const element of [document.documentElement, document.body])
        observer.observe(element, { attributes: true });
      // A device may turn dark in the evening.
      const scheme = matchMedia("(prefers-color-scheme: dark)");
      scheme.addEventListener("change", look);
      onCleanup(() => {
        observer.disconnect();
        scheme.removeEventListener("change", look);
      });
    },
    { immediate: true },
  );
  return computed(() => (theme.value === "auto" ? behind.value : `vsr-${theme.value}`));
}

/** Black and white have the same contrast with this luminance. */
const MIDDLE = 0.179;
/** Between these, the quiet colours have too little contrast. */
const DARK_ENOUGH = 0.05;
const LIGHT_ENOUGH = 0.75;

function classesFor(luminance: number): string {
  const theme = luminance > MIDDLE ? "vsr-light" : "vsr-dark";
  return luminance > DARK_ENOUGH && luminance < LIGHT_ENOUGH ? `${theme} vsr-between` : theme;
}

const COLOUR = /(?:rgb|hsl|color|ok|la|lch)[a-z]*\([^()]*\)/g;

/**
 * Paints what is behind the element into one pixel, on the colour that the page's `color-scheme` has for a page without a
 * background. Of a gradient, the mean of its colours; pictures are not looked at.
 */
function luminanceBehind(element: HTMLElement): number {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d");
  if (!context) return 1;
  const styles: CSSStyleDeclaration[] = [];
  for (let at: Node | null = element.parentNode; at; at = at.parentNode ?? (at as ShadowRoot).host ?? null)
    if (at instanceof Element) styles.unshift(getComputedStyle(at));
  const paint = (colour: string, share: number) => {
    context.globalAlpha = share;
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
  };
  paint(getComputedStyle(element).outlineColor, 1);
  for (const { backgroundColor, backgroundImage } of styles) {
    paint(backgroundColor, 1);
    backgroundImage.match(COLOUR)?.forEach((colour, n) => paint(colour, 1 / (n + 1)));
  }
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  // Close enough to sRGB.
  const linear = (value: number) => (value / 255) ** 2.2;
  return 0.2126 * linear(red!) + 0.7152 * linear(green!) + 0.0722 * linear(blue!);
}
