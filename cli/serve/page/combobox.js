// A field that completes names of entities: those that begin so first, then parts of names and misspelled ones.
import { get } from "/explorer/api.js";
import { announce, brief, h } from "/explorer/dom.js";

const MOST = 9;
const NOTES = { part: "within a name", misspelled: "nearly so" };

async function find(text, signal) {
  const [begins, found] = await Promise.all([
    get("/complete", { prefix: text, k: MOST }, signal),
    get("/search", { text, k: MOST }, signal).catch((error) => {
      if (error.status === 404) return [];
      throw error;
    }),
  ]);
  const options = new Map();
  const exact = found.filter((one) => one.match === "exact");
  const add = (entity, option) => options.has(entity) || options.set(entity, option);
  for (const one of exact) add(one.entity, { id: one.entity, name: one.name, label: one.label, type: one.types[0] });
  for (const one of found.filter((f) => f.match === "prefix")) add(one.entity, { id: one.entity, name: one.name, label: one.label, type: one.types[0] });
  for (const one of begins) add(one.entity, { id: one.entity, name: one.name, label: one.label, type: one.type });
  for (const one of found)
    add(one.entity, { id: one.entity, name: one.name, label: one.label, type: one.types[0], note: NOTES[one.match] });
  return [...options.values()].slice(0, MOST);
}

export class Combobox {
  #input;
  #list;
  #options = [];
  #at = -1;
  #controller = null;
  #timer = 0;
  #pending = false; // what is shown is not what was typed
  #hurry = false; // Enter came before the answer
  #color;
  /** Called with what was chosen: {id, label, type}. */
  chosen = () => {};
  failed = () => {};

  constructor(input, list, color) {
    this.#input = input;
    this.#list = list;
    this.#color = color;
    input.addEventListener("input", () => this.#later());
    input.addEventListener("keydown", (event) => this.#onKey(event));
    input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    input.addEventListener("focus", () => input.select());
  }

  close() {
    this.#list.hidden = true;
    this.#input.setAttribute("aria-expanded", "false");
    this.#input.removeAttribute("aria-activedescendant");
    this.#at = -1;
  }

  #later() {
    clearTimeout(this.#timer);
    this.#controller?.abort();
    this.#pending = true;
    this.#hurry = false;
    this.#timer = setTimeout(() => this.#look(), 70);
  }

  #lookNow() {
    this.#hurry = true;
    this.#look();
  }

  async #look() {
    const text = this.#input.value.trim();
    clearTimeout(this.#timer);
    if (!text) return this.close();
    this.#controller = new AbortController();
    try {
      this.#show(await find(text, this.#controller.signal));
    } catch (error) {
      if (error.name !== "AbortError") this.failed(error);
    }
  }

  #show(options) {
    this.#options = options;
    this.#at = -1;
    this.#pending = false;
    if (this.#hurry && options.length) return this.#choose(0);
    this.#hurry = false;
    const rows = options.map((option, i) =>
      h("li", { id: `${this.#list.id}-${i}`, role: "option", "aria-selected": "false", onmousedown: (event) => { event.preventDefault(); this.#choose(i); } },
        h("span", { class: `dot ${this.#color(option.type)}`, "aria-hidden": "true" }),
        h("span", { class: "name", title: option.name }, brief(option.name)),
        option.label !== option.name ? h("span", { class: "quiet" }, ` ${brief(option.label)}`) : null,
        h("span", { class: "grow" }),
        h("span", { class: "quiet" }, [option.note, brief(option.type ?? "")].filter(Boolean).join(" · "))));
    if (!rows.length) rows.push(h("li", { class: "quiet", role: "option", "aria-disabled": "true" }, "Nothing is called so, or nearly so"));
    this.#list.replaceChildren(...rows);
    this.#list.hidden = false;
    this.#input.setAttribute("aria-expanded", "true");
    announce(options.length ? `${options.length} found` : "Nothing found");
    if (options.length) this.#go(0);
  }

  #go(at) {
    this.#list.children[this.#at]?.setAttribute("aria-selected", "false");
    this.#at = (at + this.#options.length) % this.#options.length;
    const row = this.#list.children[this.#at];
    row.setAttribute("aria-selected", "true");
    row.scrollIntoView({ block: "nearest" });
    this.#input.setAttribute("aria-activedescendant", row.id);
  }

  #choose(at) {
    const option = this.#options[at];
    if (!option) return;
    this.#input.value = option.label;
    this.close();
    this.chosen(option);
  }

  #onKey(event) {
    if (event.isComposing) return; // a word of an input method is not finished yet
    const open = !this.#list.hidden && this.#options.length > 0;
    if (event.key === "ArrowDown" && open) this.#go(this.#at + 1);
    else if (event.key === "ArrowUp" && open) this.#go(this.#at - 1);
    else if (event.key === "Enter" && open && !this.#pending) this.#choose(Math.max(0, this.#at));
    else if (event.key === "Enter") this.#lookNow();
    else if (event.key === "Escape" && open) this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
