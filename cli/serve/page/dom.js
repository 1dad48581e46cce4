// Elements made of parts. Texts become text nodes; nothing here, nor elsewhere, parses markup.

export const byId = (id) => document.getElementById(id);

function fill(element, attributes, parts) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...parts.filter((part) => part !== null && part !== undefined));
  return element;
}

/** An element of HTML: attributes, listeners as onclick and the like, then its parts. */
export const h = (name, attributes, ...parts) => fill(document.createElement(name), attributes, parts);

/** The same of SVG. */
export const s = (name, attributes, ...parts) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, parts);

/** Say something to who listens to the page. */
export function announce(text) {
  byId("live").textContent = text;
}

let noticeTimer = 0;

/** Show a sentence on the graph for a while; without one take it away. */
export function notice(text) {
  const at = byId("notice");
  clearTimeout(noticeTimer);
  at.textContent = text ?? "";
  at.hidden = !text;
  if (text) noticeTimer = setTimeout(() => notice(), 8000);
}

/** Text of at most n characters; wide ones count twice. */
export function shorten(text, n) {
  let width = 0;
  let kept = "";
  for (const c of text) {
    width += c.codePointAt(0) >= 0x1100 ? 2 : 1;
    if (width > n) return `${kept}…`;
    kept += c;
  }
  return text;
}

/** What people call a name: of an IRI, its last part. */
export function brief(name) {
  const part = /^[a-z][a-z0-9+.-]*:\/\/.*[/#]([^/#]+)[/#]?$/i.exec(name)?.[1];
  if (!part) return name;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const count = (n) => n.toLocaleString("en");
