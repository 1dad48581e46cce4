// The explorer: search, graph, panel, paths and Cypher brought together.
import { get, rowsOf, whenTokenIsNeeded } from "/explorer/api.js";
import { Combobox } from "/explorer/combobox.js";
import { CypherBox } from "/explorer/cypherbox.js";
import { announce, brief, byId, count, h, notice } from "/explorer/dom.js";
import { fan, Graph } from "/explorer/graph.js";
import { Layout } from "/explorer/layout.js";
import { Panel } from "/explorer/panel.js";
import { savePicture } from "/explorer/picture.js";
import { View } from "/explorer/view.js";

const STEP = 8; // edges that come with a click
const COLORS = 10;

const types = new Map(); // of the store: name to its class of color
const colorOf = (type) => (type === undefined || type === null ? "none" : types.get(type) ?? "other");

const graph = new Graph();
const view = new View(byId("graph"), graph, new Layout(graph), colorOf);
const panel = new Panel(byId("panel"), colorOf);
const cypherBox = new CypherBox();
const failed = (error) => notice(error.message);

// ---- Entities on the graph --------------------------------------------------------------------------------------------

const told = (row) => ({ id: row.entity, label: row.label, types: row.types, weight: row.weight });

/** Put an entity on the graph by what it is called, and show what is known of it. */
async function open(name, near) {
  graph.unmark();
  const { node, known } = await describe(name, near);
  view.update();
  view.select(node, document.activeElement === document.body || document.activeElement?.closest?.("#graph") !== null);
  await panelOf(node, known);
  if (node.asked === 0) await expand(node);
  return node;
}

async function describe(name, near) {
  const known = await get("/entity", { name });
  const node = graph.add({ ...told(known), total: known.out + known.in }, near);
  return { node, known };
}

async function panelOf(node) {
  const known = await panel.show(node.id);
  Object.assign(node, { total: known.out + known.in, types: known.types, label: known.label });
  history.replaceState(null, "", `#${encodeURIComponent(node.id)}`);
  document.title = `${brief(node.label)} – kg`;
  return known;
}

/** Show the best neighbors of a node that are not there yet. */
async function expand(node, relation, direction) {
  const before = graph.nodes.size;
  let k = STEP;
  let added = 0;
  if (!relation) {
    node.asked += STEP;
    k = node.asked;
  }
  const rows = await get("/neighbours", { name: node.id, k: Math.min(10000, k), relation, direction: relation ? direction : undefined });
  if (node.total === undefined) await describe(node.id);
  const places = fan(graph, node, new Set(rows.map((row) => row.entity).filter((id) => !graph.nodes.has(id))).size);
  for (const row of rows) {
    graph.add(told(row), graph.nodes.has(row.entity) ? node : places.pop());
    const ends = row.direction > 0 ? [node.id, row.entity] : [row.entity, node.id];
    if (!graph.edges.has(Graph.edgeKey(ends[0], row.relation, ends[1]))) added++;
    graph.connect(ends[0], row.relation, ends[1]);
  }
  await connectAll(before);
  refresh();
  const left = graph.hiddenOf(node);
  announce(`${added} edges of ${brief(node.label)} added${left ? `, ${count(left)} more` : ""}`);
}

// Edges between what was there and what came: the graph shows all there are.
async function connectAll(before) {
  const all = [...graph.nodes.keys()];
  const fresh = all.slice(before);
  if (!fresh.length || all.length > 250) return;
  const among = (from, to) => rowsOf(
    `MATCH (a)-[r]->(b) WHERE elementId(a) IN $from AND elementId(b) IN $to RETURN elementId(a), type(r), elementId(b) LIMIT 400`, { from, to });
  const [out, back] = await Promise.all([among(fresh, all), among(all, fresh)]);
  for (const [head, type, tail] of [...out, ...back]) graph.connect(head, type, tail);
}

function refresh(heat) {
  view.update(heat);
  byId("welcome").hidden = graph.nodes.size > 0;
  byId("clear").disabled = byId("picture").disabled = graph.nodes.size === 0;
  legend();
}

function legend() {
  const shown = new Map();
  for (const node of graph.nodes.values()) shown.set(node.types[0], (shown.get(node.types[0]) ?? 0) + 1);
  const rows = [...shown].sort((a, b) => b[1] - a[1]).slice(0, 12);
  byId("legend").replaceChildren(...rows.map(([type, n]) => {
    const button = h("button", { "aria-pressed": "false", title: "Show where they are" },
      h("span", { class: `dot ${colorOf(type)}`, "aria-hidden": "true" }), brief(type ?? "without type"), h("span", { class: "quiet" }, ` ${n}`));
    button.onclick = () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      for (const one of byId("legend").querySelectorAll("button")) one.setAttribute("aria-pressed", one === button && on);
      view.highlight(on ? type : null);
    };
    return h("li", {}, button);
  }));
}

// ---- What is chosen -----------------------------------------------------------------------------------------------------

let chosenTimer = 0;

view.chosen = (node, now = true) => {
  clearTimeout(chosenTimer);
  if (!node) {
    view.select(null);
    panel.hide();
    return;
  }
  chosenTimer = setTimeout(() => panelOf(node).then(() => view.update(0)).catch(failed), now ? 0 : 200);
};
view.expanded = (node) => expand(node).catch(failed);
view.removed = (node) => {
  const near = graph.edgesOf(node).map((edge) => (edge.head === node ? edge.tail : edge.head)).find((other) => other !== node);
  graph.remove(node);
  panel.hide();
  refresh(0.3);
  announce(`${node.label} taken off the graph`);
  if (near) { view.select(near, true); view.chosen(near, false); }
};
panel.closed = () => { panel.hide(); view.select(null); };
panel.opened = (from, row) => {
  const start = from ? graph.nodes.get(from.entity) : view.selected;
  open(row.entity, start).then((node) => {
    if (from && start && row.relation) {
      const [head, tail] = row.direction > 0 ? [start, node] : [node, start];
      graph.connect(head.id, row.relation, tail.id);
      refresh(0.3);
    }
  }).catch(failed);
};
panel.byRelation = (known, row) => expand(graph.nodes.get(known.entity), row.relation, row.direction > 0 ? "out" : "in").catch(failed);
panel.pathFrom = (known) => openPath(known.entity);

// ---- Search, paths, Cypher ----------------------------------------------------------------------------------------------

const search = new Combobox(byId("search"), byId("search-list"), colorOf);
search.failed = failed;
search.chosen = (option) => open(option.id).then((node) => view.select(node, true)).catch(failed);

for (const which of ["path-from", "path-to"]) {
  const box = new Combobox(byId(which), byId(`${which}-list`), colorOf);
  box.chosen = (option) => { byId(which).value = option.id; };
}

function openPath(from) {
  byId("path-from").value = from ?? view.selected?.id ?? byId("path-from").value;
  byId("path-error").hidden = true;
  byId("path").showModal();
  byId(byId("path-from").value ? "path-to" : "path-from").focus();
}

async function findPath() {
  const steps = await get("/path", { from: byId("path-from").value, to: byId("path-to").value, k: byId("path-k").value,
    directed: byId("path-directed").checked, "avoid-hubs": byId("path-hubs").value });
  if (!steps.length) throw new Error("Both ends are the same entity");
  byId("path").close();
  graph.unmark();
  const before = graph.nodes.size;
  for (const step of steps) {
    const from = graph.add({ id: step.from, label: step.from_label });
    const to = graph.add({ id: step.to, label: step.to_label }, from);
    const [head, tail] = step.direction > 0 ? [from, to] : [to, from];
    graph.connect(head.id, step.relation, tail.id).marked = true;
  }
  const unknown = [...graph.nodes.values()].filter((node) => node.total === undefined);
  await Promise.all(unknown.map((node) => describe(node.id)));
  await connectAll(before);
  refresh();
  const first = graph.nodes.get(steps[0].from);
  view.select(first, true);
  await panelOf(first);
  announce(`A path of ${steps.filter((step) => step.path === 1).length} edges is shown`);
}

byId("path-run").addEventListener("click", () => findPath().catch((error) => {
  byId("path-error").textContent = error.message;
  byId("path-error").hidden = false;
}));

cypherBox.opened = (node) => open(node.id).catch(failed);
cypherBox.drawn = (nodes, edges) => {
  const before = graph.nodes.size;
  graph.unmark();
  for (const node of nodes.values()) graph.add({ id: node.id, label: node.name ?? node.id, types: node.labels });
  for (const edge of edges) {
    for (const id of [edge.head, edge.tail]) if (graph.nodes.size < 400 || graph.nodes.has(id)) graph.add({ id });
    graph.connect(edge.head, edge.type, edge.tail);
  }
  refresh();
  announce(`${count(graph.nodes.size - before)} entities added`);
  connectAll(before).then(() => refresh(0.4)).catch(failed);
};

function showCypher(is) {
  byId("cypher").hidden = !is;
  byId("cypher-open").setAttribute("aria-expanded", is);
  if (is) byId("query").focus();
}

// ---- Buttons and keys ---------------------------------------------------------------------------------------------------

byId("path-open").onclick = () => openPath();
byId("cypher-open").onclick = () => showCypher(byId("cypher").hidden);
byId("cypher-close").onclick = () => showCypher(false);
byId("help-open").onclick = () => byId("help").showModal();
byId("picture").onclick = () => savePicture(view, view.selected?.label ?? "graph");
byId("clear").onclick = () => { graph.clear(); panel.hide(); history.replaceState(null, "", "#"); refresh(); welcome().catch(failed); };
byId("zoom-in").onclick = () => view.zoom(1.3);
byId("zoom-out").onclick = () => view.zoom(1 / 1.3);
byId("zoom-fit").onclick = () => view.fit();

const KEYS = {
  "/": () => byId("search").focus(),
  p: () => openPath(),
  c: () => showCypher(true),
  f: () => view.fit(),
  "+": () => view.zoom(1.3),
  "-": () => view.zoom(1 / 1.3),
  "?": () => byId("help").showModal(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, textarea, select") || document.querySelector("dialog[open]");
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
    if (event.target.matches("#query") || !byId("cypher").hidden) showCypher(false);
    else panel.closed();
    event.target.blur?.();
    return;
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

whenTokenIsNeeded(() => new Promise((resolve) => {
  const dialog = byId("token");
  dialog.onclose = () => resolve(byId("token-text").value);
  dialog.showModal();
}));

// ---- The beginning ------------------------------------------------------------------------------------------------------

async function welcome() {
  byId("welcome").hidden = graph.nodes.size > 0;
  if (byId("best").children.length) return;
  const rows = await rowsOf("MATCH (n) RETURN elementId(n), n.name, labels(n)[0] ORDER BY n.pagerank DESC LIMIT 12");
  byId("best").replaceChildren(...rows.map(([id, name, type]) =>
    h("li", {}, h("button", { onclick: () => open(id).catch(failed) }, h("span", { class: `dot ${colorOf(type)}`, "aria-hidden": "true" }), brief(name ?? id)))));
}

async function begin() {
  const [schema, stats] = await Promise.all([get("/schema"), get("/stats")]);
  schema.types.forEach(({ type }, i) => types.set(type, i < COLORS ? `t${i}` : "other"));
  byId("store").textContent = `${count(stats.entities)} entities · ${count(stats.triples)} triples`;
  panel.hasVectors = stats.tables.includes("ent_emb");
  refresh();
  const name = decodeURIComponent(location.hash.slice(1));
  if (name) await open(name);
  else await welcome();
}

begin().catch(failed);
