// Cypher: a query, its rows as a table while they come, what of them can be drawn, and its plan.
import { cypher } from "/explorer/api.js";
import { brief, byId, count, h } from "/explorer/dom.js";

const SHOWN = 500; // rows in the table; all are counted
const DRAWN = 400; // entities that are kept for the graph

const isNode = (v) => v && typeof v === "object" && typeof v.id === "string" && Array.isArray(v.labels);
const isEdge = (v) => v && typeof v === "object" && typeof v.head === "string" && typeof v.type === "string" && typeof v.tail === "string";

/** Entities and edges anywhere in a value. */
function gather(value, nodes, edges) {
  if (value === null || typeof value !== "object") return;
  if (isNode(value)) {
    if (nodes.size < DRAWN) nodes.set(value.id, value);
  } else if (isEdge(value)) {
    if (edges.length < 4 * DRAWN) edges.push(value);
  } else for (const one of Array.isArray(value) ? value : Object.values(value)) gather(one, nodes, edges);
}

function cellOf(value, open) {
  if (isNode(value)) return h("button", { class: "link", onclick: () => open({ id: value.id, label: value.name ?? value.id, types: value.labels }) }, brief(value.name ?? value.id));
  if (isEdge(value)) return h("span", {}, h("span", { class: "quiet" }, "→ "), brief(value.type));
  if (typeof value === "number" && !Number.isInteger(value)) return h("span", { title: value }, String(Number(value.toPrecision(6))));
  if (value === null) return h("span", { class: "quiet" }, "null");
  if (typeof value === "object") return Array.isArray(value) && value.length && value.every((v) => isNode(v))
    ? h("span", {}, ...value.flatMap((v, i) => [i ? ", " : "", cellOf(v, open)])) : JSON.stringify(value);
  return String(value);
}

export class CypherBox {
  opened = () => {};
  drawn = () => {};
  #controller = null;
  #nodes = new Map();
  #edges = [];

  constructor() {
    byId("cypher-form").addEventListener("submit", (event) => { event.preventDefault(); this.run(); });
    byId("explain").addEventListener("click", () => this.run("EXPLAIN "));
    byId("stop").addEventListener("click", () => this.#controller?.abort());
    byId("to-graph").addEventListener("click", () => this.drawn(this.#nodes, this.#edges));
    byId("query").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); this.run(); }
    });
    const tabs = [byId("tab-table"), byId("tab-plan")];
    tabs.forEach((tab, i) => {
      tab.addEventListener("click", () => this.#show(tab));
      tab.addEventListener("keydown", (event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        this.#show(tabs[1 - i]);
        tabs[1 - i].focus();
      });
    });
  }

  #show(tab) {
    for (const one of [byId("tab-table"), byId("tab-plan")]) {
      const is = one === tab;
      one.setAttribute("aria-selected", is);
      one.tabIndex = is ? 0 : -1;
      byId(one.getAttribute("aria-controls")).hidden = !is;
    }
  }

  async run(before = "") {
    const query = byId("query").value.trim();
    if (!query) return;
    this.#controller?.abort();
    const controller = (this.#controller = new AbortController());
    const table = new Rows(before ? null : byId("result-table"), (told) => this.opened(told));
    if (!before) {
      this.#nodes = new Map();
      this.#edges = [];
    }
    this.#busy(true);
    try {
      await cypher(before + query, {}, {
        columns: (names) => table.begin(names),
        row: (row) => { table.add(row); gather(row, this.#nodes, this.#edges); },
        plan: (plan) => { byId("result-plan").textContent = plan; this.#show(byId("tab-plan")); },
        end: ({ rows, seconds, note }) => this.#say(before ? "the plan, last step first" : `${count(rows)} row${rows === 1 ? "" : "s"} in ${(seconds * 1000).toFixed(1)} ms${rows > SHOWN ? `; the first ${SHOWN} are shown` : ""}${note ? ` – ${note}` : ""}`),
      }, controller.signal);
      if (!before) this.#show(byId(table.begun ? "tab-table" : "tab-plan"));
    } catch (error) {
      if (error.name === "AbortError") this.#say(`stopped after ${count(table.rows)} rows`);
      else this.#fail(error);
    }
    if (this.#controller === controller) this.#busy(false);
  }

  #busy(is) {
    byId("stop").hidden = !is;
    byId("to-graph").disabled = is || (!this.#nodes.size && !this.#edges.length);
    if (is) this.#say("…");
  }

  #say(text) {
    byId("cypher-status").textContent = text;
    byId("cypher-status").classList.remove("bad");
  }

  // The message, and the place in the query that it is about.
  #fail(error) {
    const { line, column } = error.told ?? {};
    this.#say(error.message);
    byId("cypher-status").classList.add("bad");
    if (!line) return;
    const query = byId("query");
    const start = query.value.length - query.value.trimStart().length;
    const lines = query.value.slice(start).split("\n");
    const at = start + lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0) + [...lines[line - 1]].slice(0, column - 1).join("").length;
    query.focus();
    query.setSelectionRange(at, Math.min(query.value.length, at + 1));
  }
}

/** The table, a piece of rows a frame. */
class Rows {
  rows = 0;
  begun = false;
  #body = h("tbody", {});
  #waiting = [];

  constructor(at, open) {
    this.at = at;
    this.open = open;
  }

  begin(names) {
    this.begun = true;
    this.at?.replaceChildren(h("table", {}, h("thead", {}, h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name)))), this.#body));
  }

  add(row) {
    if (++this.rows > SHOWN || !this.at) return;
    if (!this.#waiting.length) requestAnimationFrame(() => { this.#body.append(...this.#waiting); this.#waiting = []; });
    this.#waiting.push(h("tr", {}, ...row.map((value) => h("td", { class: typeof value === "number" ? "number" : null }, cellOf(value, this.open)))));
  }
}
