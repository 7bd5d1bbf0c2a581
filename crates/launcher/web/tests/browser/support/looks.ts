// What people see of the package on a page, measured.
import type { Page } from "playwright-core";

export interface SeenText {
  text: string;
  contrast: number;
}

/** Every visible text of the package, with its contrast to what is painted behind it. */
export function visibleTexts(page: Page): Promise<SeenText[]> {
  return page.evaluate(() => {
    const { vsrAll } = window as unknown as { vsrAll(selector: string): HTMLElement[] };
    const canvas = new OffscreenCanvas(1, 1);
    const context = canvas.getContext("2d", { willReadFrequently: true })!;
    const luminance = () => {
      const [red, green, blue] = [...context.getImageData(0, 0, 1, 1).data].map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
    };
    const paint = (colour: string) => {
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
    };
    const ancestors = (element: Element): Element[] => {
      const parent = element.parentElement ?? (element.getRootNode() as ShadowRoot).host;
      // What is in the top layer has nothing of its ancestors behind it.
      const isTop = element.matches("dialog, :popover-open") || !parent;
      return isTop ? [element] : [element, ...ancestors(parent)];
    };
    // What the browser paints where the page paints nothing.
    const probe = document.documentElement.appendChild(document.createElement("i"));
    probe.style.background = "Canvas";
    const canvasColour = getComputedStyle(probe).backgroundColor;
    probe.remove();
    const contrastOf = (element: Element): number => {
      const styles = ancestors(element)
        .toReversed()
        .map((it) => getComputedStyle(it));
      const images = styles.map(({ backgroundImage }) => backgroundImage.match(/rgba?\([^)]*\)/g) ?? []);
      const worst = Math.max(1, ...images.map((colours) => colours.length));
      const contrasts = Array.from({ length: worst }, (_, n) => {
        paint(canvasColour);
        styles.forEach(({ backgroundColor }, depth) => {
          paint(backgroundColor);
          const stop = images[depth]![n];
          if (stop) paint(stop);
        });
        const behind = luminance();
        paint(getComputedStyle(element).color);
        const front = luminance();
        return (Math.max(front, behind) + 0.05) / (Math.min(front, behind) + 0.05);
      });
      return Math.min(...contrasts);
    };
    const seen: { text: string; contrast: number }[] = [];
    for (const root of vsrAll(".vsr-school")) {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const text = node.textContent!.trim();
        const parent = node.parentElement!;
        const isShown =
          parent.checkVisibility({ visibilityProperty: true }) && !parent.closest(".vsr-hidden-text");
        if (text && isShown) seen.push({ text, contrast: contrastOf(parent) });
      }
    }
    return seen;
  });
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export function boxOf(page: Page, selector: string): Promise<Box> {
  return page.evaluate((selector) => {
    const { vsr } = window as unknown as { vsr(selector: string): HTMLElement };
    const { x, y, width, height } = vsr(selector).getBoundingClientRect();
    return { x, y, width, height };
  }, selector);
}

/** The boxes of everything inside, relative to the element, to be compared with those on another page. */
export function shapeOf(page: Page, selector: string): Promise<string[]> {
  return page.evaluate((selector) => {
    const { vsr } = window as unknown as { vsr(selector: string): HTMLElement };
    const root = vsr(selector);
    const origin = root.getBoundingClientRect();
    return [root, ...root.querySelectorAll("*")].map((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      const numbers = [x - origin.x, y - origin.y, width, height].map((value) => Math.round(value));
      return `${element.localName}.${element.getAttribute("class") ?? ""} ${numbers.join(" ")}`;
    });
  }, selector);
}
