// Reads the data of the viewer: what was packed in Python, as what run.at(t) says.

import { zeroOf } from "./clock.js";

const KINDS = { f4: Float32Array, f8: Float64Array, u1: Uint8Array, u2: Uint16Array, u4: Uint32Array };

/** Return a column as something with an index: a list, or a typed array. */
export function column(packed) {
  if (packed === undefined) return [];
  if (Array.isArray(packed)) return packed;
  const text = atob(packed.base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  const numbers = new KINDS[packed.type](bytes.buffer);
  if (packed.step === undefined) return numbers;
  const scaled = new Float64Array(numbers.length);
  for (let i = 0; i < numbers.length; i += 1) scaled[i] = packed.from + packed.step * numbers[i];
  return scaled;
}

/** Return the last place whose time is at or before t; -1 before the first. */
export function placeOf(times, t) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= t) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Return the place on an axis at t, and whether it is known: only between the ends of its path. */
export function alongPath(times, values, t) {
  const known = times.length > 0 && t >= times[0] && t <= times[times.length - 1];
  const nearest = times.length === 0 ? null : t < times[0] ? values[0] : valueAt(times, values, t);
  return { known, nearest };
}

/** Return the value of a curve of straight pieces at t; null before its first knot. */
export function valueAt(times, values, t) {
  const place = placeOf(times, t);
  if (place < 0) return null;
  if (place + 1 >= times.length) return values[place];
  const span = times[place + 1] - times[place];
  if (span <= 0) return values[place];
  return values[place] + ((values[place + 1] - values[place]) * (t - times[place])) / span;
}

function slopeAt(times, values, t) {
  const place = placeOf(times, t);
  if (place < 0 || place + 1 >= times.length) return 0;
  const span = times[place + 1] - times[place];
  return span <= 0 ? 0 : (values[place + 1] - values[place]) / span;
}

const PLACES = ["queues", "inside", "held", "stores", "coming"];

function counted(raw) {
  return new Map(Object.entries(raw).map(([id, q]) => [id, { t: column(q.t), n: column(q.n) }]));
}

/** Turning axes are in degrees, the others in millimetres. */
const TURNING = new Set(["A", "B", "C"]);

/** One run, asked for any instant; names are those of run.at(t) in Python. */
export class Run {
  constructor(raw, machines) {
    this.name = raw.name;
    this.said = raw.said;
    this.begin = raw.t_begin;
    this.end = raw.t_end;
    this.names = raw.names;
    this.specs = new Map(machines.map((spec) => [spec.id, spec]));
    this.machines = new Map();
    for (const [id, one] of Object.entries(raw.machines)) this.machines.set(id, this.#machine(one));
    this.stations = new Map(Object.entries(raw.stations));
    this.places = new Map(PLACES.map((kind) => [kind, counted(raw[kind])]));
    this.orders = raw.orders.map((order) => ({ ...order, done: column(order.done) }));
    this.events = this.#events(raw.events);
  }

  #machine(raw) {
    const status = {};
    for (const key of ["t", "state", "cause", "job", "operation"]) {
      status[key] = column(raw.status[key]);
    }
    const curves = new Map();
    for (const group of raw.curves) {
      const t = column(group.t);
      group.keys.forEach((key, i) => curves.set(key, { t, v: column(group.v[i]) }));
    }
    const axes = new Map(
      Object.entries(raw.axes).map(([axis, path]) => [
        axis,
        { t: column(path.t), v: column(path.v) },
      ]),
    );
    return { status, curves, axes, edge: { t: column(raw.edge.t), edge: column(raw.edge.edge) } };
  }

  #events(raw) {
    const parts = ["t", "machine", "part", "kind", "detail"].map((key) => column(raw[key]));
    const [times, ...texts] = parts;
    return Array.from(times, (t, i) => {
      const [machine, part, kind, detail] = texts.map((numbers) => this.names[numbers[i]]);
      return { t, machine, part, kind, detail };
    });
  }

  has(id) {
    return this.machines.has(id);
  }

  /** Return state and physics of a machine at t; null when this run has no such machine. */
  at(id, t) {
    const machine = this.machines.get(id);
    if (!machine) return null;
    const told = {
      state: null, cause: "", job: "", operation: "", since: null,
      position_mm: null, velocity_m_s: null, acceleration_m_s2: null,
      position_deg: null, velocity_deg_s: null, drawn_at: null, pieces: null, finished: null,
    };
    told.missing = t > this.end ? "run is over" : t < this.begin ? "run has not begun" : null;
    if (told.missing) return told;
    told.pieces = this.count("inside", id, t);
    told.finished = this.count("held", id, t);
    const { status } = machine;
    const place = placeOf(status.t, t);
    if (place >= 0) {
      told.since = status.t[place];
      for (const key of ["state", "cause", "job", "operation"]) {
        told[key] = this.names[status[key][place]];
      }
    }
    this.#physics(machine, this.specs.get(id), t, told);
    return told;
  }

  #physics(machine, spec, t, told) {
    const temperatures = {};
    const bearings = {};
    for (const [key, { t: times, v }] of machine.curves) {
      const [what, of] = key.split("/");
      const value = valueAt(times, v, t);
      if (what === "temperature_c") temperatures[of] = value;
      else if (what === "bearing_damage") bearings[of] = value;
      else told[key] = value;
    }
    const place = placeOf(machine.edge.t, t);
    const known = told.power_kw !== undefined && told.power_kw !== null;
    told.tool = place < 0 ? (known ? "" : null) : this.names[machine.edge.edge[place]];
    if (!told.tool) told.vb_mm = null;
    if (spec.nodes.length) {
      told.temperature_c = temperatures;
      told.motor_current_a = known ? told.torque_nm / spec.torque_constant : null;
    }
    told.bearing_damage = bearings;
    if (machine.axes.size) this.#axes(machine.axes, t, told);
  }

  #axes(axes, t, told) {
    told.drawn_at = {};
    for (const [axis, { t: times, v }] of axes) {
      const { known, nearest } = alongPath(times, v, t);
      const turning = TURNING.has(axis);
      const [place, speed] = turning ? ["position_deg", "velocity_deg_s"] : ["position_mm", "velocity_m_s"];
      told[place] ??= {};
      told[speed] ??= {};
      told[place][axis] = known ? nearest : null;
      told[speed][axis] = known ? slopeAt(times, v, t) / (turning ? 1 : 1000) : null;
      told.drawn_at[axis] = nearest;
    }
  }

  /** Return how many pieces are in a place at t; null outside the run. Kinds: see PLACES. */
  count(kind, id, t) {
    if (t > this.end || t < this.begin) return null;
    const changes = this.places.get(kind).get(id);
    const place = changes ? placeOf(changes.t, t) : -1;
    return place < 0 ? 0 : changes.n[place];
  }

  /** Return how many pieces wait at a station at t; null when this run has no such station. */
  waiting(station, t) {
    return this.places.get("queues").has(station) ? this.count("queues", station, t) : null;
  }

  /** Return how many good pieces of an order are done at t; null where that is not known. */
  done(order, t) {
    return order.before === null ? null : order.before + this.doneSince(order, t);
  }

  /** Return how many good pieces of an order are done at t, of those that the log tells of. */
  doneSince(order, t) {
    return placeOf(order.done, t) + 1;
  }

  /** Return how many pieces are where at t, and done, in all; null outside the run. */
  pieces(t) {
    if (t > this.end || t < this.begin) return null;
    const sum = (kind) => [...this.places.get(kind).keys()].reduce((n, id) => n + this.count(kind, id, t), 0);
    const done = this.orders.map((order) => this.done(order, t));
    return {
      done: done.includes(null) ? null : done.reduce((a, b) => a + b, 0),
      waiting: sum("queues"),
      inWork: sum("inside"),
      finished: sum("held") + sum("stores"),
      coming: sum("coming"),
    };
  }
}

const NEEDED = ["title", "start", "t_begin", "t_end", "machines", "stations", "flow", "runs"];
const NEEDED_OF_RUN = ["name", "t_begin", "t_end", "names", "machines", "stations", ...PLACES, "orders", "events"];

const DATED = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/;

function demand(object, keys, where) {
  if (object === null || typeof object !== "object") throw new Error(`${where}: must be an object (got ${object})`);
  for (const key of keys) if (object[key] === undefined) throw new Error(`${where}: '${key}' is missing`);
}

/** Read the whole object; what cannot be shown is refused before anything is changed. */
export function read(data) {
  demand(data, ["schema_version"], "viewer data");
  if (data.schema_version !== 2) {
    throw new Error(`viewer data: this viewer reads schema_version 2 (got ${data.schema_version})`);
  }
  demand(data, NEEDED, "viewer data");
  for (const key of ["machines", "stations", "flow", "runs"]) {
    if (!Array.isArray(data[key])) throw new Error(`viewer data: '${key}' must be a list (got ${typeof data[key]})`);
  }
  if (data.runs.length < 1 || data.runs.length > 2) {
    throw new Error(`viewer data: there must be one run or two (got ${data.runs.length})`);
  }
  for (const key of ["t_begin", "t_end"]) {
    if (!Number.isFinite(data[key])) throw new Error(`viewer data: '${key}' must be a number (got ${data[key]})`);
  }
  if (!DATED.test(data.start) || Number.isNaN(zeroOf(data.start))) {
    throw new Error(`viewer data: 'start' must be a date and time (got ${data.start})`);
  }
  if (data.t_end < data.t_begin) throw new Error("viewer data: 't_end' lies before 't_begin'");
  const runs = data.runs.map((raw, i) => {
    demand(raw, NEEDED_OF_RUN, `viewer data: runs[${i}]`);
    try {
      return new Run(raw, data.machines);
    } catch (error) {
      throw new Error(`viewer data: runs[${i}]: ${error.message}`, { cause: error });
    }
  });
  return { ...data, runs };
}
