// A layout by forces: entities push each other away, edges pull, and all of it cools down. Few hundred entities are on
// the graph at a time, so that every pair is looked at.

const PUSH = 7500;
const REACH = 520;
const LENGTH = 120;
const WIDER = 0.7; // labels are wide and low: distances count less along x

export class Layout {
  heat = 0;

  constructor(graph) {
    this.graph = graph;
  }

  warm(heat = 0.8) {
    this.heat = Math.max(this.heat, heat);
  }

  /** One step; false when all has come to rest. */
  step() {
    if (this.heat < 0.01) return false;
    const nodes = [...this.graph.nodes.values()];
    for (let i = 0; i < nodes.length; i++) for (let j = i + 1; j < nodes.length; j++) push(nodes[i], nodes[j], this.heat);
    const degrees = new Map();
    for (const { head, tail } of this.graph.edges.values())
      for (const node of [head, tail]) degrees.set(node, (degrees.get(node) ?? 0) + 1);
    for (const edge of this.graph.edges.values()) pull(edge, degrees, this.heat);
    for (const node of nodes) move(node, this.heat);
    this.heat *= 0.982;
    return true;
  }
}

function push(a, b, heat) {
  const dx = (b.x - a.x) * WIDER || (a.id < b.id ? 0.1 : -0.1);
  const dy = b.y - a.y || 0.1;
  const square = dx * dx + dy * dy;
  if (square > REACH * REACH) return;
  const distance = Math.sqrt(square);
  let force = (heat * PUSH) / Math.max(square, 120);
  if (distance < 56) force += (56 - distance) * 0.15; // no label on another's
  const fx = (dx / distance) * force;
  const fy = (dy / distance) * force;
  a.vx -= fx;
  a.vy -= fy;
  b.vx += fx;
  b.vy += fy;
}

function pull({ head, tail }, degrees, heat) {
  if (head === tail) return;
  const dx = tail.x - head.x;
  const dy = tail.y - head.y;
  const distance = Math.hypot(dx, dy) || 1;
  const most = Math.max(degrees.get(head), degrees.get(tail));
  const least = Math.min(degrees.get(head), degrees.get(tail));
  const wanted = LENGTH + Math.min(170, 5 * most) + (least > 3 ? 60 : 0);
  const force = ((distance - wanted) / distance) * heat * (0.9 / Math.max(1, least));
  const share = degrees.get(head) / (degrees.get(head) + degrees.get(tail));
  tail.vx -= dx * force * share * 0.35;
  tail.vy -= dy * force * share * 0.35;
  head.vx += dx * force * (1 - share) * 0.35;
  head.vy += dy * force * (1 - share) * 0.35;
}

function move(node, heat) {
  const limit = 30;
  node.vx = Math.max(-limit, Math.min(limit, (node.vx - node.x * 0.011 * heat) * 0.62));
  node.vy = Math.max(-limit, Math.min(limit, (node.vy - node.y * 0.016 * heat) * 0.62));
  if (node.pinned) {
    node.vx = node.vy = 0;
    return;
  }
  node.x += node.vx;
  node.y += node.vy;
}
