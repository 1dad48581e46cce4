// The graph as a file of SVG that stands alone: what the style sheet says is written into it.
import { s } from "/explorer/dom.js";

const STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size", "font-weight", "paint-order", "stroke-linejoin"];
const SPACE = 24;

function inline(from, to) {
  const style = getComputedStyle(from);
  if (style.display === "none") return to.remove();
  for (const name of STYLES) if (style.getPropertyValue(name)) to.setAttribute(name, style.getPropertyValue(name));
  for (const name of ["class", "tabindex", "role", "aria-label", "aria-current", "aria-hidden", "data-id"]) to.removeAttribute(name);
  const children = [...to.children]; // some go
  [...from.children].forEach((child, i) => inline(child, children[i]));
}

/** The text of the file. */
export function pictureOf(view) {
  const box = view.bounds();
  const world = view.world.cloneNode(true);
  const defs = view.svg.querySelector("defs").cloneNode(true);
  inline(view.world, world);
  inline(view.svg.querySelector("defs"), defs);
  world.removeAttribute("transform");
  const size = { x: box.left - SPACE, y: box.top - SPACE, width: box.width + 2 * SPACE, height: box.height + 2 * SPACE };
  const ground = s("rect", { ...size, fill: getComputedStyle(view.svg).backgroundColor });
  const picture = s("svg", { viewBox: `${size.x} ${size.y} ${size.width} ${size.height}`, width: Math.round(size.width), height: Math.round(size.height) }, defs, ground, world);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(picture)}\n`;
}

/** Have the browser save it. */
export function savePicture(view, name) {
  const url = URL.createObjectURL(new Blob([pictureOf(view)], { type: "image/svg+xml" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${name.replace(/[^\p{L}\p{N}_-]+/gu, "-").slice(0, 60) || "graph"}.svg`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
