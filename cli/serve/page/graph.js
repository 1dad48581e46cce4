// What is on the graph: entities and edges, by their identifiers. Knows nothing of pixels but where entities are.

export class Graph {
  nodes = new Map();
  edges = new Map();
  /** Called after a change. */
  changed = () => {};

  static edgeKey(head, type, tail) {
    return JSON.stringify([head, type, tail]);
  }

  /** The node of an identifier, made where it is not there; what is told of it is kept. at: a node or a place to
   *  appear at. */
  add(told, at) {
    let node = this.nodes.get(told.id);
    if (!node) {
      node = { id: told.id, label: told.id, types: [], weight: 0, total: undefined, asked: 0, ...place(this, at) };
      this.nodes.set(told.id, node);
    }
    for (const key of ["label", "types", "weight", "total"]) if (told[key] !== undefined && told[key] !== null) node[key] = told[key];
    return node;
  }

  /** An edge between nodes that are there. */
  connect(head, type, tail) {
    const key = Graph.edgeKey(head, type, tail);
    if (!this.nodes.has(head) || !this.nodes.has(tail) || this.edges.has(key)) return this.edges.get(key);
    const edge = { key, type, head: this.nodes.get(head), tail: this.nodes.get(tail), marked: false };
    this.edges.set(key, edge);
    return edge;
  }

  remove(node) {
    this.nodes.delete(node.id);
    for (const edge of this.edgesOf(node)) this.edges.delete(edge.key);
    this.changed();
  }

  clear() {
    this.nodes.clear();
    this.edges.clear();
    this.changed();
  }

  edgesOf(node) {
    return [...this.edges.values()].filter((edge) => edge.head === node || edge.tail === node);
  }

  /** How many edges of a node are not shown; undefined while that is not known. */
  hiddenOf(node) {
    if (node.total === undefined) return undefined;
    const loops = this.edgesOf(node).filter((edge) => edge.head === edge.tail).length;
    return Math.max(0, node.total - this.edgesOf(node).length - loops);
  }

  unmark() {
    for (const edge of this.edges.values()) edge.marked = false;
  }
}

// A node that belongs to none appears beside what is there.
function place(graph, from) {
  if (from?.x !== undefined) return { x: from.x, y: from.y, vx: 0, vy: 0, pinned: false };
  const right = graph.nodes.size ? Math.max(...[...graph.nodes.values()].map((node) => node.x)) + 140 : 0;
  return { x: right, y: (graph.nodes.size % 7) * 30, vx: 0, vy: 0, pinned: false };
}

/** n places around a node: all around where it stands alone, else away from its neighbors. */
export function fan(graph, node, n) {
  const near = graph.edgesOf(node).map((edge) => (edge.head === node ? edge.tail : edge.head)).filter((other) => other !== node);
  const middle = { x: 0, y: 0 };
  for (const other of near) {
    middle.x += (node.x - other.x) / near.length;
    middle.y += (node.y - other.y) / near.length;
  }
  const alone = !near.length || Math.hypot(middle.x, middle.y) < 40;
  const width = alone ? 2 * Math.PI : 1.3 * Math.PI;
  const start = alone ? -Math.PI / 2 : Math.atan2(middle.y, middle.x) - width / 2 + width / (2 * n);
  const radius = near.length > 6 ? 190 : 140;
  return Array.from({ length: n }, (_, i) => ({
    x: node.x + radius * 1.25 * Math.cos(start + (width * i) / n),
    y: node.y + radius * Math.sin(start + (width * i) / n),
  }));
}
