// The inspector of one machine, the table of all, and the legend: the same facts as the picture.
import { make, say } from "./dom.js";
import { STATES, heat, look, nodeOf } from "./looks.js";
import { facts, lasting, number, wear } from "./words.js";

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

/** Every machine at the instant, as a table: for readers, for print, and without WebGL. */
export class Table {
  constructor(picked) {
    this.picked = picked;
    this.body = make("tbody");
    this.orders = make("tbody");
    this.heads = make("tr");
    this.orderHeads = make("tr");
    this.caption = make("caption");
    this.queues = make("p", { class: "queues" });
    this.root = make(
      "div", { class: "tables", hidden: true },
      this.queues,
      make("table", {}, this.caption, make("thead", {}, this.heads), this.body),
      make("table", {}, make("caption", { text: "Orders" }), make("thead", {}, this.orderHeads), this.orders),
    );
  }

  show(data, runs, t, sayTime) {
    say(this.caption, `Machines at ${sayTime(t)}`);
    say(this.queues, runs.map((run) => {
      const own = runs.length > 1 ? `${run.label}: ` : "";
      return own + data.stations.filter((one) => run.waiting(one.id, t) !== null)
        .map((one) => `${one.id} ${run.waiting(one.id, t)} waiting`).join(", ");
    }).join("; "));
    const heads = ["machine", "run", "state", "for", "cause", "piece", "tool", "hottest node", "power", "worn"];
    const rows = [];
    for (const spec of data.machines) {
      for (const run of runs) {
        const told = run.at(spec.id, t);
        if (told !== null) rows.push(this.#row(spec, run, told, t));
      }
    }
    filled(this.heads, this.body, heads, rows, runs.length > 1 ? [] : [1]);
    const orders = [];
    for (const run of runs) {
      for (const order of run.orders) {
        orders.push([
          order.id, run.label, order.product, String(run.done(order, t)),
          order.quantity === null ? "" : String(order.quantity),
          order.due === null ? "" : sayTime(order.due, true),
        ]);
      }
    }
    filled(this.orderHeads, this.orders, ["order", "run", "product", "done", "of", "due"], orders, runs.length > 1 ? [] : [1]);
  }

  #row(spec, run, told, t) {
    const hottest = nodeOf(told.temperature_c, "hottest");
    const shares = wear(spec, told).filter(([name, share]) => share !== null && name !== "spindle");
    return [
      spec.id, run.label, told.state ?? told.missing, told.since === null ? "" : lasting(t - told.since),
      told.cause, told.job, told.tool ?? "", hottest === null ? "" : number(hottest, 1, "°C"),
      told.power_kw === undefined ? "" : number(told.power_kw, 2, "kW"),
      shares.map(([name, share]) => `${name} ${(100 * share).toFixed(1)} %`).join(", "),
    ];
  }
}

/** What colours and letters mean. */
export class Legend {
  constructor() {
    this.root = make("div", { class: "legend" });
  }

  show(runs, colouring, range) {
    const met = new Set(runs.flatMap((run) => run.states));
    const states = [...STATES, ...[...met].filter((one) => !STATES.includes(one))];
    this.root.replaceChildren(
      ...states.filter((state) => met.has(state)).map((state) => {
        const { color, glyph, ink } = look(state);
        const mark = make("b", { class: "glyph", text: glyph, style: `background:${color};color:${ink}` });
        return make("span", {}, mark, make("span", { text: state }));
      }),
    );
    if (colouring !== "status" && range !== null) this.root.prepend(...this.#heat(range));
  }

  #heat(range) {
    const stops = [0, 0.25, 0.5, 0.75, 1].map((share) => heat(share)).join(",");
    const unknown = make("i", { class: "swatch", style: `background:${heat(null)}` });
    return [
      make("span", {},
        make("span", { text: number(range[0], 0, "°C") }),
        make("i", { class: "ramp", style: `background:linear-gradient(90deg,${stops})` }),
        make("span", { text: number(range[1], 0, "°C") })),
      make("span", {}, unknown, make("span", { text: "no temperature" })),
    ];
  }
}

/** Put heads and rows into a table, without the columns *but*. */
function filled(headRow, element, heads, rows, but) {
  const kept = (texts) => texts.filter((_, i) => !but.includes(i));
  fill(headRow, kept(heads));
  body(element, rows.map(kept));
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
