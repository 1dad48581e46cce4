// What is known of the entity that is chosen: names, types, properties, and its neighbors as a table.
import { get } from "/explorer/api.js";
import { brief, count, h, notice } from "/explorer/dom.js";

const FIRST = 12;
const STEP = 25;

export class Panel {
  /** Called with a row of the table that was chosen. */
  opened = () => {};
  /** Called to show the neighbors by one relation. */
  byRelation = () => {};
  pathFrom = () => {};
  closed = () => {};
  /** Whether the store can tell what is similar. */
  hasVectors = false;
  #at;
  #color;
  #name = null;

  constructor(at, color) {
    this.#at = at;
    this.#color = color;
  }

  hide() {
    this.#name = null;
    this.#at.hidden = true;
    this.#at.replaceChildren();
  }

  /** Show an entity; resolves to what the server told of it. */
  async show(name) {
    this.#name = name;
    const [told, relations] = await Promise.all([get("/entity", { name }), get("/relations", { name })]);
    if (this.#name !== name) return told; // another was chosen meanwhile
    const table = h("tbody", {});
    const more = h("button", { class: "wide" });
    const parts = [
      this.#head(told),
      properties(told.properties),
      aliases(told),
      h("h3", {}, `${count(told.out + told.in)} edges`),
      this.#relations(told, relations),
      h("table", { class: "neighbours" }, h("caption", { class: "hidden" }, `Best neighbors of ${told.label}`),
        h("thead", { class: "hidden" }, h("tr", {}, h("th", { scope: "col" }, "Relation"), h("th", { scope: "col" }, "Neighbor"))), table),
      more,
    ];
    this.#at.replaceChildren(...parts.filter(Boolean));
    this.#at.hidden = false;
    this.#at.scrollTop = 0;
    await this.#fill(told, table, more, FIRST);
    return told;
  }

  #head(told) {
    return h("header", {},
      h("div", { class: "row" }, h("h2", {}, brief(told.label)), h("span", { class: "grow" }),
        h("button", { "aria-label": "Close", onclick: () => this.closed() }, "×")),
      brief(told.label) !== told.entity ? h("p", { class: "quiet" }, told.entity) : null,
      h("p", { class: "types" }, ...told.types.map((type) => h("span", { class: "type", title: type }, h("span", { class: `dot ${this.#color(type)}`, "aria-hidden": "true" }), brief(type)))),
      h("div", { class: "row" },
        h("button", { onclick: () => this.pathFrom(told) }, "Path from here"),
        this.hasVectors ? h("button", { onclick: () => this.#similar(told) }, "Similar") : null));
  }

  #relations(told, relations) {
    return h("ul", { class: "chips", "aria-label": "Relations" }, ...relations.map((row) =>
      h("li", {}, h("button", { title: "Put the best by this relation on the graph", onclick: () => this.byRelation(told, row) },
        `${row.direction > 0 ? "→" : "←"} ${brief(row.relation)} `, h("span", { class: "quiet" }, count(row.count))))));
  }

  async #fill(told, table, more, k) {
    const rows = await get("/neighbours", { name: told.entity, k });
    const shown = table.children.length;
    table.append(...rows.slice(shown).map((row) => this.#row(told, row)));
    const left = told.out + told.in - rows.length;
    more.hidden = left <= 0;
    more.textContent = `+${count(left)} more`;
    more.onclick = () => this.#fill(told, table, more, Math.min(10000, rows.length + STEP)).catch((error) => notice(error.message));
  }

  #row(told, row) {
    return h("tr", {},
      h("td", { class: "quiet", title: row.relation }, `${row.direction > 0 ? "→" : "←"} ${brief(row.relation)}`),
      h("td", {}, h("span", { class: `dot ${this.#color(row.types[0])}`, "aria-hidden": "true" }),
        h("button", { class: "link", title: row.types.join(", "), onclick: () => this.opened(told, row) }, brief(row.label))));
  }

  async #similar(told) {
    try {
      const rows = await get("/similar", { name: told.entity, k: 12 });
      this.#at.querySelector(".similar")?.remove();
      const list = h("section", { class: "similar" }, h("h3", {}, "Similar, by vectors"),
        h("ul", { class: "chips" }, ...rows.map((row) =>
          h("li", {}, h("button", { onclick: () => this.opened(null, { ...row, relation: null }) },
            h("span", { class: `dot ${this.#color(row.types[0])}`, "aria-hidden": "true" }), brief(row.label))))));
      this.#at.querySelector("header").after(list);
    } catch (error) {
      notice(error.message);
    }
  }
}

const asText = (value) => (typeof value === "object" && value !== null ? JSON.stringify(value) : String(value));

function properties(told) {
  const keys = Object.keys(told);
  if (!keys.length) return null;
  return h("dl", { class: "properties" }, ...keys.flatMap((key) => [h("dt", { title: key }, brief(key)), h("dd", {}, asText(told[key]))]));
}

function aliases(told) {
  const names = told.aliases.filter((name) => name !== told.label);
  return names.length ? h("p", {}, h("span", { class: "quiet" }, "also "), names.join(" · ")) : null;
}
