// Builds machines of boxes and cylinders: one form for each kind, with the groups that its axes move.
import * as THREE from "three";

const STEEL = 0xb8c2cc;
const DARK = 0x66727e;
const ORDER = ["motor", "rear", "shaft", "housing", "front"];
const RADIUS = { motor: 0.3, rear: 0.25, shaft: 0.17, housing: 0.33, front: 0.25 };

const geometries = new Map();

function shared(key, build) {
  if (!geometries.has(key)) geometries.set(key, build());
  return geometries.get(key);
}

export function box(w, h, d) {
  return shared(`box ${w} ${h} ${d}`, () => new THREE.BoxGeometry(w, h, d));
}

export function rod(radius, length) {
  return shared(`rod ${radius} ${length}`, () => new THREE.CylinderGeometry(radius, radius, length, 20));
}

/** Free all geometries; they are made again when somebody builds. */
export function disposeGeometries() {
  for (const geometry of geometries.values()) geometry.dispose();
  geometries.clear();
}

class Builder {
  constructor(spec) {
    this.spec = spec;
    this.group = new THREE.Group();
    this.body = new THREE.MeshLambertMaterial({ color: STEEL });
    this.dark = new THREE.MeshLambertMaterial({ color: DARK });
    this.low = new THREE.MeshLambertMaterial({ color: 0x8d9aa6 });
    this.materials = [this.body, this.dark, this.low];
    this.axes = {};
    this.rings = new Map();
  }

  part(parent, geometry, x, y, z, material = this.body) {
    const mesh = new THREE.Mesh(geometry, material);
    mesh.position.set(x, y, z);
    parent.add(mesh);
    return mesh;
  }

  axis(name, parent) {
    const group = new THREE.Group();
    parent.add(group);
    this.axes[name] = group;
    return group;
  }

  /** The spindle as a stack of its thermal nodes, its nose at the origin, pointing to -y. */
  spindle(parent) {
    const unit = new THREE.Group();
    parent.add(unit);
    const nodes = [...this.spec.nodes].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
    const height = 1.0 / Math.max(1, nodes.length);
    nodes.reverse().forEach((node, i) => {
      const material = new THREE.MeshLambertMaterial({ color: DARK });
      this.materials.push(material);
      this.part(unit, rod(RADIUS[node] ?? 0.25, height * 0.94), 0, height * (i + 0.5), 0, material);
      this.rings.set(node, material);
    });
    this.rotor = new THREE.Group();
    unit.add(this.rotor);
    this.tool = this.part(this.rotor, rod(0.08, 0.34), 0, -0.17, 0, this.dark);
    this.part(this.rotor, box(0.2, 0.06, 0.05), 0, -0.03, 0, this.dark);
    return unit;
  }

  workpiece(parent, geometry, x, y, z) {
    const material = new THREE.MeshLambertMaterial({ color: 0x8a6d3b });
    this.materials.push(material);
    this.piece = this.part(parent, geometry, x, y, z, material);
  }
}

function verticalMill(b) {
  b.part(b.group, box(2.2, 0.55, 1.7), 0, 0.3, 0, b.low);
  b.part(b.group, box(0.9, 2.0, 0.5), 0, 1.4, -0.75);
  const saddle = b.axis("Y", b.group);
  b.part(saddle, box(1.0, 0.14, 1.0), 0, 0.65, 0.1, b.dark);
  const table = b.axis("X", saddle);
  b.part(table, box(1.7, 0.12, 0.75), 0, 0.78, 0.1);
  b.workpiece(table, box(0.5, 0.32, 0.4), 0, 1.0, 0.1);
  const head = b.axis("Z", b.group);
  b.part(head, box(0.7, 0.8, 0.5), 0, 2.05, -0.35);
  b.spindle(head).position.set(0, 1.55, 0.15);
  return { X: [table, "x", -1], Y: [saddle, "z", 1], Z: [head, "y", 1] };
}

function horizontalMill(b) {
  b.part(b.group, box(2.4, 0.5, 2.2), 0, 0.27, 0, b.low);
  const column = b.axis("X", b.group);
  b.part(column, box(0.5, 2.1, 0.7), -0.62, 1.5, -0.75);
  b.part(column, box(0.5, 2.1, 0.7), 0.62, 1.5, -0.75);
  b.part(column, box(1.74, 0.3, 0.7), 0, 2.6, -0.75);
  const lift = b.axis("Y", column);
  const head = b.axis("Z", lift);
  const spindle = b.spindle(head);
  spindle.rotation.x = -Math.PI / 2;
  spindle.position.set(0, 1.45, -0.05);
  const pallet = b.axis("B", b.group);
  pallet.position.z = 0.62;
  b.part(pallet, box(1.0, 0.2, 1.0), 0, 0.62, 0, b.dark);
  b.workpiece(pallet, box(0.5, 0.75, 0.5), 0, 1.1, 0);
  return { X: [column, "x", 1], Y: [lift, "y", 1], Z: [head, "z", -1], B: [pallet, "turn y", 1] };
}

function fiveAxis(b) {
  b.part(b.group, box(2.4, 0.5, 2.0), 0, 0.27, 0, b.low);
  b.part(b.group, box(0.35, 2.3, 1.7), -1.05, 1.4, -0.05);
  b.part(b.group, box(0.35, 2.3, 1.7), 1.05, 1.4, -0.05);
  const bridge = b.axis("Y", b.group);
  b.part(bridge, box(1.8, 0.4, 0.45), 0, 2.3, -0.3);
  const slide = b.axis("X", bridge);
  const head = b.axis("Z", slide);
  b.spindle(head).position.set(0, 1.75, 0.05);
  const cradle = b.axis("A", b.group);
  cradle.position.set(0, 1.0, 0.1);
  b.part(cradle, box(1.5, 0.16, 0.8), 0, -0.1, 0, b.dark);
  const table = b.axis("C", cradle);
  b.part(table, rod(0.42, 0.12), 0, 0.04, 0);
  b.workpiece(table, box(0.42, 0.3, 0.42), 0, 0.25, 0);
  return {
    X: [slide, "x", 1], Y: [bridge, "z", -1], Z: [head, "y", 1],
    A: [cradle, "turn x", 1], C: [table, "turn y", 1],
  };
}

function lathe(b) {
  b.part(b.group, box(2.9, 0.6, 1.3), 0, 0.32, 0, b.low);
  const slant = b.part(b.group, box(2.2, 0.2, 1.1), 0.3, 0.85, -0.3);
  slant.rotation.x = 0.6;
  b.part(b.group, box(0.95, 0.7, 0.9), -0.95, 0.95, 0);
  const spindle = b.spindle(b.group);
  spindle.rotation.z = Math.PI / 2;
  spindle.position.set(-0.42, 1.5, 0);
  b.tool.visible = false;
  b.part(b.rotor, rod(0.32, 0.16), 0, -0.08, 0);
  const bar = new THREE.Group();
  b.rotor.add(bar);
  b.workpiece(bar, rod(0.2, 0.6), 0, -0.46, 0);
  const carriage = b.axis("Z", b.group);
  const slide = b.axis("X", carriage);
  b.part(slide, box(0.4, 0.45, 0.5), 0.5, 1.35, -0.75, b.dark);
  b.tool = b.part(slide, box(0.09, 0.09, 0.3), 0.5, 1.45, -0.36);
  b.part(b.group, box(0.4, 0.6, 0.5), 1.2, 1.05, 0);
  return { Z: [carriage, "x", 1], X: [slide, "z", -1], C: [b.rotor, "turn y", -1] };
}

function bench(b) {
  b.part(b.group, box(1.9, 0.12, 1.1), 0, 0.95, 0);
  for (const [x, z] of [[-0.85, -0.45], [0.85, -0.45], [-0.85, 0.45], [0.85, 0.45]]) {
    b.part(b.group, box(0.12, 0.9, 0.12), x, 0.48, z, b.dark);
  }
  b.part(b.group, box(1.6, 0.9, 0.12), 0, 1.46, -0.45, b.dark);
  b.workpiece(b.group, box(0.45, 0.35, 0.4), 0, 1.19, 0.1);
  return {};
}

function legs(b, w, d, height) {
  for (const [x, z] of [[-1, -1], [1, -1], [-1, 1], [1, 1]]) {
    b.part(b.group, box(0.12, height, 0.12), (x * w) / 2, 0.05 + height / 2, (z * d) / 2, b.dark);
  }
}

function saw(b) {
  b.part(b.group, box(2.8, 0.5, 0.9), 0, 0.35, 0, b.low);
  b.part(b.group, box(2.8, 0.08, 0.6), 0, 0.64, 0, b.dark);
  b.part(b.group, box(0.2, 1.5, 0.5), -0.15, 1.3, -0.55);
  b.part(b.group, box(0.3, 0.5, 1.7), 0.25, 2.0, 0);
  b.part(b.group, box(0.06, 0.6, 0.08), 0.25, 1.45, 0.7, b.dark);
  b.part(b.group, box(0.06, 0.6, 0.08), 0.25, 1.45, -0.7, b.dark);
  b.part(b.group, box(0.03, 0.08, 1.4), 0.25, 1.16, 0, b.dark);
  b.workpiece(b.group, box(1.6, 0.24, 0.24), -0.3, 0.8, 0);
  return {};
}

function drillPress(b) {
  b.part(b.group, box(1.3, 0.2, 1.4), 0, 0.15, 0, b.low);
  b.part(b.group, rod(0.16, 2.4), 0, 1.4, -0.45, b.dark);
  b.part(b.group, box(0.8, 0.55, 1.3), 0, 2.4, -0.1);
  b.part(b.group, box(0.9, 0.1, 0.9), 0, 1.0, 0.1);
  b.part(b.group, rod(0.06, 0.6), 0, 1.85, 0.25, b.dark);
  b.workpiece(b.group, box(0.4, 0.3, 0.4), 0, 1.2, 0.2);
  return {};
}

function washer(b) {
  b.part(b.group, box(2.4, 0.7, 1.5), 0, 0.4, -0.1, b.low);
  b.part(b.group, box(2.4, 0.15, 1.5), 0, 2.3, -0.1);
  b.part(b.group, box(2.4, 1.5, 0.12), 0, 1.5, -0.8);
  for (const x of [-1.14, 1.14]) b.part(b.group, box(0.12, 1.5, 1.5), x, 1.5, -0.1);
  b.part(b.group, rod(0.2, 0.7), 0.8, 2.7, -0.4, b.dark);
  b.workpiece(b.group, box(0.6, 0.4, 0.5), 0, 0.98, 0.1);
  return {};
}

function inspection(b) {
  b.part(b.group, box(2.0, 0.4, 1.4), 0, 0.85, 0, b.dark);
  legs(b, 1.7, 1.1, 0.6);
  for (const x of [-0.85, 0.85]) b.part(b.group, box(0.2, 1.2, 0.25), x, 1.65, -0.2);
  b.part(b.group, box(2.0, 0.25, 0.25), 0, 2.3, -0.2);
  b.part(b.group, box(0.16, 1.0, 0.16), 0.2, 2.0, 0, b.dark);
  b.workpiece(b.group, box(0.4, 0.3, 0.4), 0.15, 1.2, 0.1);
  return {};
}

function furnace(b) {
  b.part(b.group, box(2.2, 0.5, 1.7), 0, 0.3, -0.1, b.dark);
  b.part(b.group, box(2.2, 0.4, 1.7), 0, 2.3, -0.1);
  b.part(b.group, box(2.2, 1.6, 0.4), 0, 1.35, -0.75);
  for (const x of [-0.9, 0.9]) b.part(b.group, box(0.4, 1.6, 1.7), x, 1.35, -0.1);
  b.part(b.group, rod(0.16, 1.0), -0.7, 2.95, -0.5, b.dark);
  b.workpiece(b.group, box(0.8, 0.5, 0.6), 0, 0.82, 0.1);
  return {};
}

const FORMS = {
  "vertical mill": verticalMill,
  "horizontal mill": horizontalMill,
  "five-axis mill": fiveAxis,
  lathe,
  bench,
  saw,
  "drill press": drillPress,
  washer,
  inspection,
  furnace,
};

/** Return the model of a machine, at rest, with what may be moved and coloured. */
export function build(spec) {
  const b = new Builder(spec);
  b.moves = (FORMS[spec.form] ?? bench)(b);
  return b;
}

/** Move the axes to where a path says they are [mm, or degrees], or to its nearer end; without a path they rest. */
export function move(model, position) {
  for (const [axis, [group, how, sign]] of Object.entries(model.moves)) {
    const value = position?.[axis] ?? 0;
    const [turn, along] = how.startsWith("turn ") ? [true, how.slice(5)] : [false, how];
    if (turn) group.rotation[along] = (sign * value * Math.PI) / 180;
    else group.position[along] = (group.userData[along] ??= group.position[along]) + (sign * value) / 1000;
  }
}
