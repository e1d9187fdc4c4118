// The timeline: a slider over ticks of events, and the states of the machine that is inspected.
import { placeOf } from "./reader.js";
import { make } from "./dom.js";
import { GRID, INK, NEUTRAL, SORTS, look } from "./looks.js";
import { sortOf } from "./words.js";

const ROUTINE = new Set(["tool change"]);
const WEIGHT = ["routine", "again", "planned", "bad"]; // bad ones are drawn last, over the others

/** Return the events of runs in order of time: all of them, or those that are no routine. */
export function eventsOf(runs, all) {
  const found = runs.flatMap((run, index) => run.events.map((event) => ({ ...event, run: index })));
  const told = all ? found : found.filter((event) => !ROUTINE.has(event.kind));
  return told.sort((a, b) => a.t - b.t || a.run - b.run);
}

export class Timeline {
  constructor(clock, say) {
    this.clock = clock;
    this.say = say;
    this.canvas = make("canvas", { class: "ticks", "aria-hidden": "true" });
    this.slider = make("input", {
      type: "range", min: clock.begin, max: clock.end, step: "any", "aria-label": "Time",
      oninput: () => clock.seek(this.slider.value),
    });
    this.root = make("div", { class: "timeline" }, this.canvas, this.slider);
  }

  show() {
    this.slider.value = this.clock.t;
    this.slider.setAttribute("aria-valuetext", this.say(this.clock.t));
  }

  /** Draw ticks of each run in a row of its own, and the states of a machine below. */
  draw(runs, events, selected) {
    const width = Math.max(1, this.canvas.clientWidth);
    const rows = runs.length;
    const strip = selected ? 10 * rows : 0;
    const height = 14 * rows + strip + 14;
    const scale = Math.min(2, window.devicePixelRatio || 1);
    this.canvas.style.height = `${height}px`;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    const pen = this.canvas.getContext("2d");
    pen.scale(scale, scale);
    const inner = width - 16;
    const x = (t) => 8 + ((t - this.clock.begin) / (this.clock.end - this.clock.begin || 1)) * inner;
    this.#hours(pen, x, height, inner);
    runs.forEach((_, i) => {
      pen.fillStyle = GRID;
      pen.fillRect(8, 14 * i + 12, inner, 1);
    });
    const ordered = [...events].sort((a, b) => WEIGHT.indexOf(sortOf(a.kind)) - WEIGHT.indexOf(sortOf(b.kind)));
    for (const event of ordered) {
      const row = runs.findIndex((run) => run.index === event.run);
      if (row < 0) continue;
      const [color, , top] = SORTS[sortOf(event.kind)];
      pen.fillStyle = color;
      pen.fillRect(x(event.t) - 1, 14 * row + top, 2, 12 - top);
      if (event.machine !== selected) continue;
      pen.fillStyle = INK;
      pen.fillRect(x(event.t) - 2, 14 * row, 4, 2);
    }
    if (selected) runs.forEach((run, i) => this.#states(pen, x, run, selected, 14 * rows + 10 * i));
  }

  #hours(pen, x, height, inner) {
    const span = this.clock.end - this.clock.begin;
    const steps = [60, 300, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];
    const many = span > 86400;
    const step = steps.find((one) => (one / span) * inner > (many ? 90 : 60)) ?? steps.at(-1);
    pen.fillStyle = NEUTRAL;
    pen.font = "10px system-ui, 'DejaVu Sans', sans-serif";
    pen.textBaseline = "bottom";
    const zero = Math.ceil(this.clock.begin / step) * step;
    for (let t = zero; t <= this.clock.end; t += step) {
      pen.textAlign = x(t) < 30 ? "left" : x(t) > inner - 20 ? "right" : "center";
      pen.fillText(this.say(t, many || "time"), x(t), height);
      pen.fillRect(x(t), height - 15, 1, 3);
    }
  }

  #states(pen, x, run, id, y) {
    const machine = run.machines.get(id);
    if (!machine) return;
    const { t, state } = machine.status;
    const from = Math.max(0, placeOf(t, this.clock.begin));
    for (let i = from; i < t.length && t[i] < run.end; i += 1) {
      const left = x(Math.max(t[i], this.clock.begin));
      const right = x(i + 1 < t.length ? Math.min(t[i + 1], run.end) : run.end);
      pen.fillStyle = look(run.names[state[i]]).color;
      pen.fillRect(left, y, Math.max(0.5, right - left), 8);
    }
  }
}
