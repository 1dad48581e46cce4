// The graph as SVG: entities, edges, the view that is moved and zoomed, and the keys.
import { announce, brief, s, shorten } from "/explorer/dom.js";

const FEW_EDGES = 60; // up to so many have their names shown

export const radiusOf = (node) => 9 + Math.min(15, 2.2 * Math.log1p(node.weight * 20000));

export class View {
  selected = null;
  chosen = () => {};
  expanded = () => {};
  removed = () => {};
  #shapes = new Map();
  #lines = new Map();
  #scale = 1;
  #x = 0;
  #y = 0;
  #crowd = new Map(); // edges of each node
  #running = false;
  #follow = true; // keep all in sight until the view is moved by hand

  constructor(svg, graph, layout, colorOf) {
    Object.assign(this, { svg, graph, layout, colorOf });
    const arrow = (id, kind) => s("marker", { id, viewBox: "0 0 10 10", refX: 9, refY: 5, markerUnits: "userSpaceOnUse", markerWidth: 10, markerHeight: 10, orient: "auto-start-reverse", class: kind },
      s("path", { d: "M0,0.8 L10,5 L0,9.2 z" }));
    this.edgeLayer = s("g", { class: "edges", "aria-hidden": "true" });
    this.nodeLayer = s("g", { class: "nodes" });
    this.world = s("g", {}, this.edgeLayer, this.nodeLayer);
    svg.append(s("defs", {}, arrow("arrow", "arrow"), arrow("arrow-marked", "arrow marked")), this.world);
    this.#listen();
    new ResizeObserver(() => this.#settle()).observe(svg);
  }

  // ---- What is there ------------------------------------------------------------------------------------------------

  /** Make the shapes those of the graph, and let it settle. */
  update(heat = 0.8) {
    for (const [id, shape] of this.#shapes) if (!this.graph.nodes.has(id)) { shape.remove(); this.#shapes.delete(id); }
    for (const [key, line] of this.#lines) if (!this.graph.edges.has(key)) { line.group.remove(); this.#lines.delete(key); }
    for (const node of this.graph.nodes.values()) this.#drawNode(node);
    for (const edge of this.graph.edges.values()) if (!this.#lines.has(edge.key)) this.#drawEdge(edge);
    this.#bundle();
    if (this.selected && !this.graph.nodes.has(this.selected.id)) this.select(null);
    this.restyle();
    this.layout.warm(heat);
    this.#run();
  }

  #drawNode(node) {
    let shape = this.#shapes.get(node.id);
    if (!shape) {
      shape = s("g", { role: "button", tabindex: -1, "data-id": node.id, class: "node" },
        s("circle", { class: "ring" }), s("circle", { class: "body" }), s("text", { class: "label", "text-anchor": "middle" }),
        s("g", { class: "more", "aria-hidden": "true" }, s("rect", { rx: 8, height: 16 }), s("text", { "text-anchor": "middle", y: 12 })));
      this.#shapes.set(node.id, shape);
      this.nodeLayer.append(shape);
    }
    const [ring, body, label, more] = shape.children;
    const r = radiusOf(node);
    ring.setAttribute("r", r + 5);
    body.setAttribute("r", r);
    body.setAttribute("class", `body ${this.colorOf(node.types[0])}`);
    label.textContent = shorten(brief(node.label), 22);
    label.setAttribute("y", r + 15);
    const hidden = this.graph.hiddenOf(node);
    shape.classList.toggle("grown", node.asked > 0);
    more.toggleAttribute("hidden", !hidden);
    if (hidden) {
      const [rect, text] = more.children;
      text.textContent = `+${hidden}`;
      const width = 12 + 7 * text.textContent.length;
      rect.setAttribute("width", width);
      rect.setAttribute("x", -width / 2);
      more.setAttribute("transform", `translate(${r * 0.75 + width / 2 - 2},${-r - 9})`);
    }
    shape.setAttribute("aria-label", [brief(node.label), brief(node.types[0] ?? ""), hidden === undefined ? "" : `${hidden} more edges`].filter(Boolean).join(", "));
  }

  #drawEdge(edge) {
    const path = s("path", { class: "line" });
    const text = s("text", { class: "relation", "text-anchor": "middle", dy: -3 });
    text.textContent = shorten(brief(edge.type), 26);
    const group = s("g", { class: "edge" }, s("title", {}), path, text);
    group.firstChild.textContent = `${edge.head.label} — ${edge.type} → ${edge.tail.label}`;
    this.edgeLayer.append(group);
    this.#lines.set(edge.key, { edge, group, path, text, bend: 0 });
  }

  // Edges between the same two are bent apart.
  #bundle() {
    const pairs = new Map();
    this.#crowd = new Map([...this.graph.nodes.values()].map((node) => [node, 0]));
    for (const line of this.#lines.values()) {
      for (const node of [line.edge.head, line.edge.tail]) this.#crowd.set(node, this.#crowd.get(node) + 1);
      const pair = [line.edge.head.id, line.edge.tail.id].sort().join("\u0000");
      if (!pairs.has(pair)) pairs.set(pair, []);
      pairs.get(pair).push(line);
    }
    for (const lines of pairs.values())
      lines.forEach((line, i) => {
        const side = line.edge.head.id < line.edge.tail.id ? 1 : -1;
        line.bend = side * (i - (lines.length - 1) / 2) * 44;
      });
  }

  /** Show what is selected and marked. */
  restyle() {
    const near = new Set();
    for (const line of this.#lines.values()) {
      const { edge, group, path, text } = line;
      const here = this.selected && (edge.head === this.selected || edge.tail === this.selected);
      group.classList.toggle("near", Boolean(here));
      group.classList.toggle("marked", edge.marked);
      line.named = edge.marked || (this.selected ? here : this.graph.edges.size <= FEW_EDGES);
      text.toggleAttribute("hidden", !line.named);
      if (line.named) placeLine(line, this.#crowd);
      path.setAttribute("marker-end", edge.marked ? "url(#arrow-marked)" : "url(#arrow)");
      if (here) { near.add(edge.head.id); near.add(edge.tail.id); }
    }
    for (const [id, shape] of this.#shapes) {
      const is = this.selected?.id === id;
      shape.classList.toggle("selected", is);
      shape.classList.toggle("near", near.has(id));
      shape.setAttribute("tabindex", is || (!this.selected && shape === this.nodeLayer.firstChild) ? 0 : -1);
      if (is) shape.setAttribute("aria-current", "true"); else shape.removeAttribute("aria-current");
    }
    this.svg.classList.toggle("focused", Boolean(this.selected));
  }

  select(node, focus = false) {
    this.selected = node;
    this.restyle();
    if (node && focus) this.#shapes.get(node.id)?.focus({ preventScroll: true });
  }

  /** Only entities of this type stand out; without one, all do. */
  highlight(type) {
    for (const [id, shape] of this.#shapes)
      shape.classList.toggle("dim", Boolean(type) && !this.graph.nodes.get(id).types.includes(type));
    this.svg.classList.toggle("dimmed", Boolean(type));
  }

  // ---- Motion -------------------------------------------------------------------------------------------------------

  #run() {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      while (this.layout.step()) { /* to its rest at once */ }
      if (this.#follow) this.fit(false);
      this.#place();
      return;
    }
    if (this.#running) return;
    this.#running = true;
    const frame = () => {
      const moving = this.layout.step() && this.layout.step();
      if (this.#follow) this.fit(false);
      this.#place();
      if (moving) requestAnimationFrame(frame);
      else this.#running = false;
    };
    requestAnimationFrame(frame);
  }

  #place() {
    for (const [id, shape] of this.#shapes) {
      const node = this.graph.nodes.get(id);
      shape.setAttribute("transform", `translate(${node.x.toFixed(1)},${node.y.toFixed(1)})`);
    }
    for (const line of this.#lines.values()) placeLine(line, this.#crowd);
  }

  #settle() {
    if (this.#follow) this.fit();
    else this.#look();
  }

  // ---- The view -----------------------------------------------------------------------------------------------------

  #look() {
    this.world.setAttribute("transform", `translate(${this.#x.toFixed(1)},${this.#y.toFixed(1)}) scale(${this.#scale.toFixed(4)})`);
    this.svg.classList.toggle("far", this.#scale < 0.55);
  }

  bounds() {
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const node of this.graph.nodes.values()) {
      const half = Math.max(radiusOf(node) + 8, 62);
      left = Math.min(left, node.x - half);
      right = Math.max(right, node.x + half);
      top = Math.min(top, node.y - radiusOf(node) - 24);
      bottom = Math.max(bottom, node.y + radiusOf(node) + 26);
    }
    return this.graph.nodes.size ? { left, top, width: right - left, height: bottom - top } : { left: -100, top: -100, width: 200, height: 200 };
  }

  fit(byHand = true) {
    const { width, height } = this.svg.getBoundingClientRect();
    const box = this.bounds();
    if (!width || !height) return;
    this.#follow = true;
    const wanted = Math.min(1.25, (width - 40) / box.width, (height - 40) / box.height);
    const share = byHand || this.#scale === 1 ? 1 : 0.25; // glide
    const scale = this.#scale + (wanted - this.#scale) * share;
    const x = width / 2 - (box.left + box.width / 2) * scale;
    const y = height / 2 - (box.top + box.height / 2) * scale;
    if (!byHand && Math.abs(wanted - this.#scale) < 0.002 && Math.hypot(x - this.#x, y - this.#y) < 0.7) return;
    this.#x += (x - this.#x) * share;
    this.#y += (y - this.#y) * share;
    this.#scale = scale;
    this.#look();
  }

  zoom(factor, at) {
    const { left, top, width, height } = this.svg.getBoundingClientRect();
    const x = at ? at.clientX - left : width / 2;
    const y = at ? at.clientY - top : height / 2;
    const scale = Math.max(0.1, Math.min(4, this.#scale * factor));
    this.#x = x - (x - this.#x) * (scale / this.#scale);
    this.#y = y - (y - this.#y) * (scale / this.#scale);
    this.#scale = scale;
    this.#follow = false;
    this.#look();
  }

  // ---- Mouse, touch and keys ----------------------------------------------------------------------------------------

  #nodeAt(event) {
    const shape = event.target.closest?.(".node");
    return shape ? this.graph.nodes.get(shape.dataset.id) : null;
  }

  #listen() {
    const pointers = new Map();
    let drag = null;
    this.svg.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), event);
    }, { passive: false });
    this.svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      pointers.set(event.pointerId, event);
      drag = { node: this.#nodeAt(event), x: event.clientX, y: event.clientY, moved: false, more: Boolean(event.target.closest?.(".more")) };
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (!pointers.has(event.pointerId) || !drag) return;
      const before = pointers.get(event.pointerId);
      if (pointers.size === 2) return this.#pinch(pointers, event);
      if (!drag.moved && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 5) return;
      if (!drag.moved) this.svg.setPointerCapture(event.pointerId);
      drag.moved = true;
      this.#drag(drag.node, event.clientX - before.clientX, event.clientY - before.clientY);
      pointers.set(event.pointerId, event);
    });
    const end = (event) => {
      pointers.delete(event.pointerId);
      if (event.type === "pointerup" && drag && !drag.moved) this.#click(drag);
      if (!pointers.size) drag = null;
    };
    this.svg.addEventListener("pointerup", end);
    this.svg.addEventListener("pointercancel", end);
    this.svg.addEventListener("keydown", (event) => this.#onKey(event));
    this.svg.addEventListener("focusin", (event) => {
      const node = this.#nodeAt(event);
      if (node && node !== this.selected) { this.select(node); this.chosen(node, false); }
    });
  }

  #click({ node, more }) {
    if (!node) return this.chosen(null);
    const first = node.asked === 0;
    this.select(node, true);
    this.chosen(node);
    if (first || more) this.expanded(node);
  }

  #drag(node, dx, dy) {
    if (!node) {
      this.#x += dx;
      this.#y += dy;
      this.#follow = false;
      return this.#look();
    }
    node.x += dx / this.#scale;
    node.y += dy / this.#scale;
    node.pinned = true;
    this.#follow = false;
    this.layout.warm(0.15);
    this.#run();
  }

  #pinch(pointers, event) {
    const gap = () => { const [a, b] = [...pointers.values()]; return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) || 1; };
    const before = gap();
    pointers.set(event.pointerId, event);
    const [a, b] = [...pointers.values()];
    this.zoom(gap() / before, { clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 });
  }

  #onKey(event) {
    const node = this.#nodeAt(event) ?? this.selected;
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (ways[event.key]) this.#step(node, ways[event.key]);
    else if ((event.key === "Enter" || event.key === " ") && node) this.expanded(node);
    else if ((event.key === "Delete" || event.key === "Backspace") && node) this.removed(node);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // The nearest in that direction; what lies beside it counts as farther away.
  #step(from, [wayX, wayY]) {
    const start = from ?? { x: 0, y: 0 };
    let best = null;
    let least = Infinity;
    for (const node of this.graph.nodes.values()) {
      const along = (node.x - start.x) * wayX + (node.y - start.y) * wayY;
      const aside = Math.abs((node.x - start.x) * wayY) + Math.abs((node.y - start.y) * wayX);
      const cost = along + 2.2 * aside;
      if (node !== from && along > 1 && cost < least) [best, least] = [node, cost];
    }
    if (!best) return announce("None in that direction");
    this.select(best, true);
    this.chosen(best, false);
  }
}

function placeLine({ edge: { head, tail }, path, text, bend, named }, crowd) {
  const from = radiusOf(head);
  const to = radiusOf(tail) + 3;
  if (head === tail) {
    const r = from + 4;
    path.setAttribute("d", `M${head.x - r * 0.5},${head.y - r} C${head.x - 40},${head.y - r - 46} ${head.x + 40},${head.y - r - 46} ${head.x + r * 0.5},${head.y - r}`);
    text.setAttribute("transform", `translate(${head.x},${head.y - r - 38})`);
    return;
  }
  const dx = tail.x - head.x;
  const dy = tail.y - head.y;
  const distance = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [dx / distance, dy / distance];
  const middle = { x: (head.x + tail.x) / 2 - uy * bend, y: (head.y + tail.y) / 2 + ux * bend };
  const start = toward(head, middle, from);
  const end = toward(tail, middle, to);
  const point = ({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`;
  path.setAttribute("d", `M${point(start)} Q${point(middle)} ${point(end)}`);
  if (!named) return;
  let angle = (Math.atan2(dy, dx) * 180) / Math.PI;
  if (angle > 90 || angle < -90) angle += 180;
  const t = 0.5 + 0.09 * Math.sign(crowd.get(head) - crowd.get(tail)); // away from the end with more edges
  const along = (a, b, c) => (1 - t) * (1 - t) * a + 2 * t * (1 - t) * b + t * t * c;
  const at = { x: along(start.x, middle.x, end.x), y: along(start.y, middle.y, end.y) };
  text.setAttribute("transform", `translate(${point(at)}) rotate(${angle.toFixed(1)})`);
}

function toward(from, to, length) {
  const distance = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  return { x: from.x + ((to.x - from.x) * length) / distance, y: from.y + ((to.y - from.y) * length) / distance };
}
