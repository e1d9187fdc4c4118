// The inspector of one machine, the table of all, and the legend: the same facts as the picture.
import { make, say } from "./dom.js";
import { GAUGE, SORTS, STATES, heat, look } from "./looks.js";
import { eventText, facts, lasting, number, pieceText, position, sortOf, wear } from "./words.js";
import { COMING, FINISHED } from "./world.js";

const EVENTS = 12; // events that the table lists before and after the instant

/** One machine in each run, side by side; what differs is bold. */
export class Inspector {
  constructor(closed) {
    this.title = make("h2");
    this.body = make("tbody");
    this.head = make("tr");
    this.root = make(
      "aside", { class: "inspector", "aria-label": "Inspected machine", hidden: true },
      make("header", {}, this.title, make("button", { type: "button", text: "Close", onclick: closed })),
      make("table", {}, make("thead", {}, this.head), this.body),
    );
  }

  show(spec, runs, t) {
    this.root.hidden = !spec;
    if (!spec) return;
    say(this.title, spec.id);
    const columns = runs.map((run) => new Map(facts(spec, run.at(spec.id, t), t)));
    const names = [...new Set(columns.flatMap((column) => [...column.keys()]))];
    const rows = names.map((name) => [name, ...columns.map((column) => column.get(name) ?? "–")]);
    fill(this.head, runs.length > 1 ? ["", ...runs.map((run) => run.label)] : []);
    body(this.body, rows);
    rows.forEach((row, i) => {
      this.body.rows[i].classList.toggle("differs", row.length > 2 && row[1] !== row[2]);
    });
  }
}

const HEADS = ["machine", "run", "state", "for, cause", "piece, operation", "tool", "drive", "temperatures", "life used"];

/** Every machine at the instant, as a table: for readers, for print, and without WebGL. */
export class Table {
  constructor() {
    this.machines = new Sheet("");
    this.queues = new Sheet("Pieces by station");
    this.orders = new Sheet("Orders");
    this.events = new Sheet("Events");
    this.note = make("p", { class: "note", text: "Bold: state, piece, tool or number of pieces is another in A than in B." });
    this.root = make(
      "div", { class: "tables", hidden: true, tabindex: "0", role: "group", "aria-label": "Table of what is shown" },
      this.note, ...[this.machines, this.queues, this.orders, this.events].map((sheet) => sheet.root),
    );
  }

  show(data, runs, events, t, sayTime) {
    this.note.hidden = runs.length < 2;
    this.machines.call(`Machines at ${sayTime(t)}`);
    this.machines.show(HEADS, data.machines.map((spec) =>
      runs.map((run) => machineRow(spec, run, t)).filter(Boolean)), runs.length, [2, 4, 5]);
    this.queues.show(
      ["station", "run", "waiting", "in store, finished", "on their way"],
      data.stations.map((one) => runs.filter((run) => run.waiting(one.id, t) !== null).map((run) => [
        one.id, run.label, `${run.waiting(one.id, t)}${ofText(run.stations.get(one.id)?.capacity)}`,
        String(run.count("stores", one.id, t)), String(run.count("coming", one.id, t)),
      ])), runs.length,
    );
    const names = [...new Set(runs.flatMap((run) => run.orders.map((order) => order.id)))];
    this.orders.show(["order", "run", "product", "done", "of", "due"], names.map((id) => runs.flatMap((run) =>
      run.orders.filter((order) => order.id === id).map((order) => [
        order.id, run.label, order.product, doneText(run, order, t),
        order.quantity === null ? "" : String(order.quantity),
        order.due === null ? "" : sayTime(order.due, true),
      ]))), runs.length);
    this.#events(runs, events, t, sayTime);
  }

  #events(runs, events, t, sayTime) {
    const shown = events.filter((event) => runs.some((run) => run.index === event.run));
    const past = shown.filter((event) => event.t <= t).length;
    const near = shown.slice(Math.max(0, past - EVENTS), past + EVENTS);
    this.events.call(`Events around ${sayTime(t)} (${past} of ${shown.length} have happened)`);
    this.events.show(["event", "run", "sort"], near.map((event) => [[
      eventText(event, sayTime), runs.find((run) => run.index === event.run).label,
      event.t === t ? `${SORTS[sortOf(event.kind)][1]}, now` : SORTS[sortOf(event.kind)][1],
    ]]), runs.length);
    near.forEach((event, i) => this.events.body.rows[i].classList.toggle("now", event.t === t));
  }
}

const ofText = (capacity) => (capacity === null || capacity === undefined ? "" : ` of ${capacity}`);

/** Say how many pieces of an order are done; where earlier ones are not known, since when. */
function doneText(run, order, t) {
  const done = run.done(order, t);
  return done === null ? `${run.doneSince(order, t)} since this run went on` : String(done);
}

function machineRow(spec, run, t) {
  const told = run.at(spec.id, t);
  if (told === null) return null;
  const row = [spec.id, run.label, told.state ?? told.missing];
  if (told.state === null) return [...row, ...HEADS.slice(3).map(() => "")];
  const drive = told.power_kw === undefined ? [] : [number(told.power_kw, 2, "kW")];
  if (spec.nodes.length) {
    drive.push(number(told.speed_rpm, 0, "rpm"), number(told.torque_nm, 1, "N m"), number(told.motor_current_a, 1, "A"));
    if (told.drawn_at !== null) drive.push(position(told));
  }
  const tool = told.tool ? `${told.tool}, ${number(told.vb_mm, 3, "mm")} worn` : "";
  return [
    ...row,
    [lasting(t - told.since), told.cause].filter(Boolean).join(", "),
    [pieceText(told), told.operation].filter(Boolean).join(", "), tool, drive.join(", "),
    temperatures(spec, told),
    wear(spec, told).map(([name, share]) => `${name} ${share === null ? "unknown" : `${(100 * share).toFixed(1)}\u00a0%`}`).join(", "),
  ];
}

/** Say the temperatures of all nodes, the hottest first and named so. */
function temperatures(spec, told) {
  if (!spec.nodes.length) return "";
  const known = spec.nodes.filter((node) => typeof told.temperature_c[node] === "number");
  if (!known.length) return "unknown";
  known.sort((a, b) => told.temperature_c[b] - told.temperature_c[a]);
  const say = (node) => `${node} ${number(told.temperature_c[node], 1, "°C")}`;
  return `hottest ${known.map(say).join(", ")}`;
}

/** A table whose rows come in groups: one thing in each run. What differs within one is bold. */
class Sheet {
  constructor(title) {
    this.caption = make("caption", { text: title });
    this.head = make("tr");
    this.body = make("tbody");
    this.root = make("table", {}, this.caption, make("thead", {}, this.head), this.body);
  }

  call(title) {
    say(this.caption, title);
  }

  /** Show *groups* of rows under *heads*; of one run the second column, its name, is left out.
   * Told in bold is what differs in the columns *told*. */
  show(heads, groups, runs, told = heads.map((_, i) => i)) {
    const kept = (texts) => (runs > 1 ? texts : texts.filter((_, i) => i !== 1));
    fill(this.head, kept(heads));
    const rows = groups.flat();
    body(this.body, rows.map(kept));
    let place = 0;
    for (const group of groups) {
      group.forEach((texts, i) => {
        const row = this.body.rows[place];
        row.classList.toggle("other", runs > 1 && i === group.length - 1);
        for (let j = 2; j < row.cells.length; j += 1) {
          const other = told.includes(j) && runs > 1 && group.length > 1 && group[0][j] !== group[1][j];
          row.cells[j].classList.toggle("differs", other);
        }
        place += 1;
      });
    }
    this.root.hidden = rows.length === 0;
  }
}

const colored = (name, color) => make("i", { class: name, style: `background:${color}` });
const hex = (color) => `#${color.toString(16).padStart(6, "0")}`;
const item = (mark, text) => make("span", {}, mark, make("span", { text }));

/** What colours, letters, ticks, gauges and boxes mean. */
export class Legend {
  constructor() {
    this.root = make("div", { class: "legend", role: "group", "aria-label": "Legend" });
  }

  show(data, runs, events, colouring, range) {
    const met = new Set(runs.flatMap((run) => run.states));
    const states = [...STATES, ...[...met].filter((one) => !STATES.includes(one))];
    this.root.replaceChildren(
      ...states.filter((state) => met.has(state)).map((state) => {
        const { color, glyph, ink } = look(state);
        return item(make("b", { class: "glyph", text: glyph, style: `background:${color};color:${ink}` }), state);
      }),
      ...this.#gauges(data),
      ...this.#boxes(runs),
      ...Object.entries(SORTS)
        .filter(([sort]) => events.some((event) => sortOf(event.kind) === sort))
        .map(([, [color, text]]) => item(colored("tick", color), text)),
    );
    if (colouring !== "status" && range !== null) this.root.prepend(...this.#heat(range));
  }

  #gauges(data) {
    const any = data.machines.some((spec) => spec.bearings.length || spec.nodes.length);
    if (!any) return [];
    const names = [...new Set(data.machines.flatMap((spec) => spec.bearings))];
    const order = [...(names.length ? ["spindle", ...names] : []), "tool"].join(", ");
    return [
      item(colored("gauge", GAUGE.fine), `life used, left to right: ${order}`),
      item(colored("gauge", GAUGE.worn), `from ${100 * GAUGE.from} % on`),
    ];
  }

  #boxes(runs) {
    const ever = (...kinds) => runs.some((run) => kinds.some((kind) =>
      [...run.places.get(kind).values()].some(({ n }) => n.some((count) => count > 0))));
    return [
      ...(ever("held", "stores") ? [item(colored("swatch", hex(FINISHED)), "finished, waits for room")] : []),
      ...(ever("coming") ? [item(colored("swatch", hex(COMING)), "on its way")] : []),
    ];
  }

  #heat(range) {
    const ramp = colored("ramp", "none");
    ramp.stops = [0, 0.25, 0.5, 0.75, 1].map((share) => heat(share));
    ramp.style.background = `linear-gradient(90deg,${ramp.stops.join(",")})`;
    return [
      make("span", {},
        make("span", { text: number(range[0], 0, "°C") }), ramp, make("span", { text: number(range[1], 0, "°C") })),
      item(colored("swatch", heat(null)), "no temperature"),
    ];
  }
}

function fill(row, texts) {
  while (row.cells.length > texts.length) row.deleteCell(-1);
  while (row.cells.length < texts.length) row.append(make("th", { scope: "col" }));
  texts.forEach((text, i) => say(row.cells[i], text));
}

/** Put rows of text into a table body; cells that stay the same are left alone. */
function body(element, rows) {
  while (element.rows.length > rows.length) element.deleteRow(-1);
  rows.forEach((texts, i) => {
    const row = element.rows[i] ?? element.insertRow();
    if (row.cells.length !== texts.length) {
      row.replaceChildren(make("th", { scope: "row" }), ...texts.slice(1).map(() => make("td")));
    }
    texts.forEach((text, j) => say(row.cells[j], text));
  });
}
