// The floor with its machines, queues and gauges; shows one run at one instant when told to.
import * as THREE from "three";
import { box, build, disposeGeometries, move, rod } from "./forms.js";
import { GAUGE, heat, look, nodeOf } from "./looks.js";
import { wear } from "./words.js";

const MOST = 96; // pieces of a queue that are drawn; its label counts them all
const BESIDE = 24; // pieces beside a machine that are drawn; its label counts them all
const TALL = 1.5; // height of a full gauge [m]
const WORKED = 0x8a6d3b;
export const FINISHED = 0x5fae8b;
export const COMING = 0xd9c9a3;

export class World {
  constructor(data) {
    this.data = data;
    this.scene = new THREE.Scene();
    this.scene.background = new THREE.Color(0xf4f6f8);
    this.scene.add(new THREE.HemisphereLight(0xffffff, 0x9aa5b1, 2.2));
    const sun = new THREE.DirectionalLight(0xffffff, 1.6);
    sun.position.set(8, 20, 12);
    this.scene.add(sun);
    this.materials = [];
    this.machines = new Map(data.machines.map((spec) => [spec.id, this.#machine(spec)]));
    this.queues = new Map(data.stations.map((spec) => [spec.id, this.#queue(spec)]));
    this.#floor();
  }

  #material(options) {
    const material = new THREE.MeshLambertMaterial(options);
    this.materials.push(material);
    return material;
  }

  #machine(spec) {
    const model = build(spec);
    const { group } = model;
    group.position.set(spec.x, 0, spec.z);
    const pad = new THREE.Mesh(box(3.7, 0.05, 3.6), this.#material({ color: 0xffffff }));
    const beacon = new THREE.Mesh(rod(0.17, 0.42), this.#material({ color: 0xffffff }));
    const pole = new THREE.Mesh(rod(0.05, 1.1), model.dark);
    pad.position.set(0, 0.025, 0);
    pole.position.set(1.35, 2.6, -1.2);
    beacon.position.set(1.35, 3.3, -1.2);
    const stand = new THREE.Mesh(box(0.16, 2.1, 0.16), model.dark);
    stand.position.set(1.35, 1.05, -1.2);
    const hit = new THREE.Mesh(box(3.7, 3.4, 3.6));
    hit.position.set(0, 1.7, 0);
    hit.visible = false;
    hit.userData.id = spec.id;
    const ring = new THREE.Mesh(box(3.95, 0.03, 3.85), this.#material({ color: 0x1f2a33 }));
    ring.position.set(0, 0.005, 0);
    ring.visible = false;
    const beside = (i) => [0.75 + 0.4 * (i % 3), 0.2 + 0.3 * Math.floor(i / 6), 1.6 - 0.4 * (Math.floor(i / 3) % 2)];
    const others = this.#boxes(BESIDE, WORKED, beside);
    const held = this.#boxes(BESIDE, FINISHED, (i) => beside(i).map((v, axis) => (axis === 2 ? v - 0.8 : v)));
    group.add(pad, pole, beacon, stand, hit, ring, others, held);
    this.scene.add(group);
    const gauges = this.#gauges(spec, group);
    return { spec, model, group, pad, beacon, hit, ring, gauges, others, held };
  }

  /** So many boxes of one colour at the places that *at* gives; as many are drawn as are told. */
  #boxes(most, color, at) {
    const mesh = new THREE.InstancedMesh(box(0.36, 0.28, 0.36), this.#material({ color }), most);
    const place = new THREE.Matrix4();
    for (let i = 0; i < most; i += 1) mesh.setMatrixAt(i, place.setPosition(...at(i)));
    mesh.frustumCulled = false;
    mesh.count = 0;
    (this.piles ??= []).push(mesh);
    return mesh;
  }

  /** One upright gauge for the spindle, each bearing and the tool, at the left of the pad. */
  #gauges(spec, group) {
    const names = spec.bearings.length
      ? ["spindle", ...spec.bearings.map((name) => `${name} bearing`)]
      : [];
    if (spec.nodes.length) names.push("tool wear");
    const frame = this.#material({ color: 0x9fb3c4, transparent: true, opacity: 0.45, depthWrite: false });
    const rim = this.#material({ color: 0x45525e });
    return new Map(
      names.map((name, i) => {
        const fill = new THREE.Mesh(box(0.16, 1, 0.16), this.#material({ color: 0x0072b2 }));
        const glass = new THREE.Mesh(box(0.2, TALL, 0.2), frame);
        const cap = new THREE.Mesh(box(0.22, 0.04, 0.22), rim);
        const x = -1.66 + 0.3 * i;
        fill.position.set(x, 0, 1.62);
        glass.position.set(x, 0.08 + TALL / 2, 1.62);
        cap.position.set(x, 0.08 + TALL, 1.62);
        group.add(fill, glass, cap);
        return [name, { fill, glass, cap }];
      }),
    );
  }

  #queue(spec) {
    const row = (z) => (i) => [-0.7 + 0.4 * (i % 4), 0.2 + 0.3 * Math.floor(i / 4), z];
    const mesh = this.#boxes(MOST, 0xa98e5b, (i) => [
      -0.5 + 0.5 * (i % 3), 0.2 + 0.3 * Math.floor(i / 12), 0.9 - 0.5 * Math.floor((i % 12) / 3),
    ]);
    const coming = this.#boxes(BESIDE, COMING, row(-1.4));
    const store = this.#boxes(BESIDE, FINISHED, row(1.65));
    const tray = new THREE.Mesh(box(1.8, 0.04, 2.4), this.#material({ color: 0xdde3e9 }));
    tray.position.set(0, 0.02, 0.15);
    const group = new THREE.Group();
    group.add(mesh, coming, store, tray);
    group.position.set(spec.x, 0, spec.z);
    this.scene.add(group);
    return { spec, group, mesh, coming, store };
  }

  #floor() {
    const xs = [...this.data.machines, ...this.data.stations].map((one) => one.x);
    const zs = this.data.machines.map((one) => one.z);
    this.bounds = new THREE.Box3(
      new THREE.Vector3(Math.min(...xs) - 2.4, 0, Math.min(...zs) - 2.4),
      new THREE.Vector3(Math.max(...xs) + 2.4, 3, Math.max(...zs) + 2.6),
    );
    const size = this.bounds.getSize(new THREE.Vector3());
    const middle = this.bounds.getCenter(new THREE.Vector3());
    const floor = new THREE.Mesh(
      new THREE.PlaneGeometry(size.x + 1, size.z + 1),
      this.#material({ color: 0xe8ecf0 }),
    );
    floor.rotation.x = -Math.PI / 2;
    floor.position.set(middle.x, -0.02, middle.z);
    this.ground = floor;
    this.scene.add(floor);
    this.#ways();
  }

  #ways() {
    const places = new Map(this.data.stations.map((one) => [one.id, one]));
    const points = [];
    for (const [from, to] of this.data.flow) {
      const a = places.get(from);
      const b = places.get(to);
      if (!a || !b) continue;
      const start = new THREE.Vector3(a.x, 0.02, a.z + 1.7);
      const end = new THREE.Vector3(b.x, 0.02, b.z + 1.7);
      const middle = start.clone().add(end).multiplyScalar(0.5).add(new THREE.Vector3(0, 0, 0.7));
      const arc = new THREE.QuadraticBezierCurve3(start, middle, end).getPoints(12);
      for (let i = 0; i < 12; i += 1) points.push(arc[i], arc[i + 1]);
    }
    if (!points.length) return;
    this.lines = new THREE.LineBasicMaterial({ color: 0xc3ccd5 });
    this.ways = new THREE.LineSegments(new THREE.BufferGeometry().setFromPoints(points), this.lines);
    this.scene.add(this.ways);
  }

  /** Show one run at t: colour by state or heat, gauges, pieces, queues, the one selected. */
  apply(run, t, { colouring, range, selected, turn }) {
    const span = range ? range[1] - range[0] : 1;
    const shade = (value) => (value === null ? heat(null) : heat((value - range[0]) / span));
    for (const [id, machine] of this.machines) {
      const told = run.at(id, t);
      machine.group.visible = told !== null;
      if (told === null) continue;
      const colour = look(told.state).color;
      machine.beacon.material.color.set(colour);
      machine.ring.visible = id === selected;
      const hot = colouring !== "status" && range !== null;
      const tint = hot ? shade(nodeOf(told.temperature_c, colouring)) : null;
      machine.pad.material.color.set(hot ? "#ffffff" : colour);
      machine.model.body.color.set(tint ?? "#b8c2cc");
      for (const [node, material] of machine.model.rings) {
        material.color.set(hot ? shade(told.temperature_c?.[node] ?? null) : "#66727e");
      }
      this.#move(machine, told, turn);
      this.#gauge(machine, told);
    }
    for (const [id, { group, mesh, coming, store }] of this.queues) {
      const waiting = run.waiting(id, t);
      const own = run.stations.get(id);
      group.visible = waiting !== null;
      if (own) group.position.set(own.x, 0, own.z);
      mesh.count = Math.min(MOST, waiting ?? 0);
      coming.count = Math.min(BESIDE, run.count("coming", id, t) ?? 0);
      store.count = Math.min(BESIDE, run.count("stores", id, t) ?? 0);
    }
  }

  #move({ model, others, held }, told, turn) {
    move(model, told.drawn_at);
    const inside = told.pieces ?? 0;
    const finished = told.finished ?? 0;
    // One is in the machine; what else it holds stands beside it.
    const drawn = inside + finished > 0 ? 1 : 0;
    model.piece.visible = drawn > 0;
    model.piece.material.color.set(inside === 0 && finished > 0 ? FINISHED : WORKED);
    others.count = Math.min(BESIDE, Math.max(0, inside - drawn));
    held.count = Math.min(BESIDE, Math.max(0, finished - (inside === 0 ? drawn : 0)));
    if (model.tool) model.tool.visible = Boolean(told.tool);
    if (model.rotor && told.position_deg?.C === undefined) {
      model.rotor.rotation.y = told.speed_rpm > 0 ? turn : 0;
    }
  }

  #gauge(machine, told) {
    const shares = new Map(wear(machine.spec, told));
    for (const [name, { fill, glass, cap }] of machine.gauges) {
      const share = shares.get(name);
      glass.visible = cap.visible = share !== undefined;
      fill.visible = share !== undefined && share !== null;
      if (!fill.visible) continue;
      const height = Math.max(0.012, Math.min(1, share)) * TALL;
      fill.scale.y = height;
      fill.position.y = 0.08 + height / 2;
      fill.material.color.set(share >= GAUGE.from ? GAUGE.worn : GAUGE.fine);
    }
  }

  /** Return where the labels of machines and queues hang. */
  *anchors(run, t) {
    for (const [id, { group }] of this.machines) {
      const told = run.at(id, t);
      if (told === null) continue;
      yield { id, kind: "machine", told, at: new THREE.Vector3(group.position.x - 0.75, 3.7, group.position.z - 0.6) };
    }
    for (const id of this.queues.keys()) {
      const waiting = run.waiting(id, t);
      const spec = run.stations.get(id);
      if (waiting === null || !spec) continue;
      yield { id, kind: "queue", waiting, coming: run.count("coming", id, t), store: run.count("stores", id, t), capacity: spec.capacity, at: new THREE.Vector3(spec.x, 0.1, spec.z + 1.9) };
    }
  }

  /** Return the machine that a ray meets first, if any. */
  pick(ray, run) {
    const boxes = [...this.machines.values()].filter((one) => run.has(one.spec.id)).map((one) => one.hit);
    return ray.intersectObjects(boxes, false)[0]?.object.userData.id ?? null;
  }

  /** Return what a machine shows now: for tests, and for nothing else. */
  shown(id) {
    const { beacon, pad, model, gauges, others, held } = this.machines.get(id);
    const place = (group) => [...group.position.toArray(), group.rotation.x, group.rotation.y];
    return {
      beacon: `#${beacon.material.color.getHexString()}`,
      pad: `#${pad.material.color.getHexString()}`,
      piece: model.piece.visible,
      pieces: [others.count, held.count],
      turn: model.rotor ? model.rotor.rotation.y : 0,
      axes: Object.fromEntries(Object.entries(model.moves).map(([axis, [group]]) => [axis, place(group)])),
      rings: Object.fromEntries([...model.rings].map(([node, m]) => [node, `#${m.color.getHexString()}`])),
      gauges: Object.fromEntries([...gauges].map(([name, g]) => [name, g.fill.visible ? g.fill.scale.y / TALL : null])),
    };
  }

  dispose() {
    for (const { model } of this.machines.values()) model.materials.forEach((m) => m.dispose());
    for (const pile of this.piles ?? []) pile.dispose();
    for (const { hit } of this.machines.values()) hit.material.dispose();
    this.materials.forEach((material) => material.dispose());
    this.ground.geometry.dispose();
    this.ways?.geometry.dispose();
    this.lines?.dispose();
    disposeGeometries();
    this.scene.clear();
  }
}
