// Reads the data of the viewer: what was packed in Python, as what run.at(t) says.

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
    this.queues = new Map(
      Object.entries(raw.queues).map(([id, q]) => [id, { t: column(q.t), n: column(q.n) }]),
    );
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
    };
    told.missing = t > this.end ? "run is over" : t < this.begin ? "run has not begun" : null;
    if (told.missing) return told;
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
    if (machine.axes.size) {
      told.position_mm = {};
      told.velocity_m_s = {};
      for (const [axis, { t: times, v }] of machine.axes) {
        told.position_mm[axis] = valueAt(times, v, t);
        told.velocity_m_s[axis] = slopeAt(times, v, t) / 1000;
      }
    }
  }

  /** Return how many pieces wait at a station at t; null when this run has no such station. */
  waiting(station, t) {
    const queue = this.queues.get(station);
    if (!queue || t > this.end || t < this.begin) return null;
    const place = placeOf(queue.t, t);
    return place < 0 ? 0 : queue.n[place];
  }

  /** Return how many good pieces of an order are done at t. */
  done(order, t) {
    return placeOf(order.done, t) + 1;
  }

  /** Return pieces that wait, are in a machine, and are done, in all; null outside the run. */
  pieces(t) {
    if (t > this.end || t < this.begin) return null;
    let waiting = 0;
    let inWork = 0;
    let done = 0;
    for (const id of this.queues.keys()) waiting += this.waiting(id, t) ?? 0;
    for (const { status } of this.machines.values()) {
      const place = placeOf(status.t, t);
      if (place >= 0 && this.names[status.job[place]]) inWork += 1;
    }
    for (const order of this.orders) done += this.done(order, t);
    return { waiting, inWork, done };
  }
}

/** Read the whole object; refuse another version, which this reader would misunderstand. */
export function read(data) {
  if (data.schema_version !== 1) {
    throw new Error(`this viewer reads schema_version 1, the data has ${data.schema_version}`);
  }
  return {
    ...data,
    runs: data.runs.map((raw) => new Run(raw, data.machines)),
  };
}
