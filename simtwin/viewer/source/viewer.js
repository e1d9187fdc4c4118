// The shop in 3D: createViewer(element, data, options) shows runs, plays, scrubs and compares them.
import { Clock, sayer } from "./clock.js";
import { choice, make, say } from "./dom.js";
import { heat, look, nodeOf } from "./looks.js";
import { read } from "./reader.js";
import { Stage, context } from "./stage.js";
import style from "./style.css";
import { Inspector, Legend, Table } from "./tables.js";
import { Timeline, eventsOf } from "./timeline.js";
import { eventText } from "./words.js";

const SPEEDS = [1, 5, 10, 30, 60, 240, 1440]; // simulated minutes per second
const MEMORY = "simtwin viewer: minutes per second";
const STEP = 60;
const FAR = 600;
const MOST_SAID = 4; // events of one instant that are told; the table lists all
const WIDE = 1600; // from this width on [px] the table stands beside the picture

function remembered() {
  try {
    const value = Number(window.localStorage.getItem(MEMORY));
    return SPEEDS.includes(value) ? value : null;
  } catch {
    return null; // a frame without an origin has no memory
  }
}

function remember(value) {
  try {
    window.localStorage.setItem(MEMORY, String(value));
  } catch {
    // likewise
  }
}

function checkSpeed(minutes) {
  if (!(Number.isFinite(minutes) && minutes > 0)) {
    throw new Error(`speed: must be minutes per second, over 0 (got ${minutes})`);
  }
}

class Viewer {
  constructor(element, data, options) {
    const first = read(data); // what cannot be shown throws here, and nothing is left behind
    this.options = options;
    if (options.speed !== undefined) checkSpeed(options.speed);
    this.host = make("div", { class: "simtwin-viewer" });
    this.host.style.cssText = "display:block;width:100%;height:100%;min-height:460px";
    this.shadow = this.host.attachShadow({ mode: "open" });
    this.shadow.append(make("style", { text: style }));
    element.append(this.host);
    this.speed = options.speed ?? remembered() ?? 10;
    this.selected = null;
    this.colouring = "status";
    this.all = false;
    this.tabled = false;
    this.turn = 0;
    this.still = window.matchMedia?.("(prefers-reduced-motion: reduce)");
    this.#load(first, null);
    this.onKey = (event) => this.#key(event);
    this.root.addEventListener("keydown", this.onKey);
    if (options.page) {
      this.onPageKey = (event) => {
        if (event.target === document.body) this.#key(event);
      };
      document.addEventListener("keydown", this.onPageKey);
    }
    this.resizer = new ResizeObserver(() => {
      const wide = this.host.clientWidth >= WIDE;
      if (wide !== this.root.classList.contains("wide")) {
        this.root.classList.toggle("wide", wide);
        this.showTable(this.tabled);
      }
      if (!this.hiddenPicture) this.stage?.resize();
      this.fresh = true;
      this.render(); // before the browser paints, or the picture would be stretched for a frame
    });
    this.resizer.observe(this.host);
    this.resizer.observe(this.stageHolder);
    this.render();
  }

  /** Take in data that were read. */
  #load(data, before) {
    this.data = data;
    this.say = sayer(this.data.start, this.data.clock_changes);
    this.runs = this.data.runs;
    this.runs.forEach((run, i) => {
      run.index = i;
      run.label = this.runs.length > 1 ? `${"AB"[i] ?? i + 1}: ${run.name}` : run.name;
      run.states = statesOf(run);
    });
    this.view = this.runs.length > 1 ? "both" : "0";
    this.range = undefined;
    this.clock = new Clock(this.data.t_begin, this.data.t_end, this.speed * 60, () => this.invalidate());
    if (before !== null) this.clock.t = Math.min(this.clock.end, Math.max(this.clock.begin, before));
    this.events = eventsOf(this.runs, this.all);
    if (!this.events.length) this.events = eventsOf(this.runs, (this.all = true));
    this.told = undefined;
    this.#build();
    this.fresh = true;
  }

  #build() {
    this.root?.removeEventListener("keydown", this.onKey);
    this.root?.remove();
    const label = `The shop in 3D: ${this.data.title}`;
    this.time = make("output", { class: "time" });
    this.counts = make("span", { class: "counts" });
    this.message = make("p", { class: "message", role: "status", hidden: true });
    this.canvas = make("canvas", { class: "scene", tabindex: "0", role: "img", "aria-label": `${label}. The button Table says the same in words.` });
    this.stageHolder = make("div", { class: "stage" }, this.canvas);
    this.inspector = new Inspector(() => this.select(null));
    this.table = new Table();
    this.legend = new Legend();
    this.timeline = new Timeline(this.clock, this.say);
    this.live = make("p", { class: "live", "aria-live": "polite" });
    this.said = make("p", { class: "said" });
    this.left = make("div", { class: "left" }, this.stageHolder, this.legend.root);
    this.root = make(
      "section", { class: "viewer", role: "region", "aria-label": label, tabindex: "-1" },
      make("div", { class: "bar top" }, this.time, this.counts, make("span", { class: "room" }), ...this.#choices()),
      this.said,
      this.message,
      make("div", { class: "middle" }, this.left, this.table.root, this.inspector.root),
      this.timeline.root,
      make("div", { class: "bar bottom" }, ...this.#transport()),
      this.live,
    );
    this.shadow.append(this.root);
    if (this.onKey) this.root.addEventListener("keydown", this.onKey);
    this.resizer?.observe(this.stageHolder);
    this.#stage();
    this.root.classList.toggle("wide", this.host.clientWidth >= WIDE);
    this.showTable(this.tabled);
  }

  #stage() {
    const gl = this.options.webgl === false ? null : context(this.canvas);
    if (gl === null) {
      this.stage = null;
      this.#withoutPicture("This browser has no WebGL 2, so there is no picture; the table says the same.");
      return;
    }
    this.stage = new Stage(this.stageHolder, this.canvas, gl, this.data, {
      picked: (id) => this.select(id),
      changed: () => this.invalidate(),
    });
    this.canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      if (this.destroyed || event.target !== this.canvas) return; // given up, not taken away
      this.lost = true;
      this.#withoutPicture("The browser took the picture away; the table says the same.");
    });
    this.canvas.addEventListener("webglcontextrestored", () => {
      this.lost = false;
      this.message.hidden = true;
      this.#pictured(true);
      this.showTable(this.wanted);
    });
  }

  #withoutPicture(text) {
    say(this.message, text);
    this.message.hidden = false;
    this.wanted = this.tabled;
    this.#pictured(false);
    this.showTable(true);
  }

  /** What acts on the picture can be used only where there is one. */
  #pictured(on) {
    this.left.hidden = !on;
    for (const one of [this.homeButton, this.saveButton, this.tableButton, this.colourChoice]) {
      if (one) one.disabled = !on;
    }
  }

  #choices() {
    const nodes = [...new Set(this.data.machines.flatMap((spec) => spec.nodes))];
    const found = [];
    if (this.runs.length > 1) {
      const views = [["both", "A and B"], ...this.runs.map((run) => [String(run.index), run.label])];
      this.viewChoice = choice("Which run", views, this.view, (value) => this.show(value));
      found.push(this.viewChoice);
    }
    if (nodes.length) {
      const colours = [["status", "Colour: status"], ["hottest", "Colour: hottest node"], ...nodes.map((node) => [node, `Colour: ${node} node`])];
      this.colourChoice = choice("Colour by", colours, this.colouring, (value) => this.colour(value));
      found.push(this.colourChoice);
    }
    const machines = [["", "Inspect…"], ...this.data.machines.map((spec) => [spec.id, spec.id])];
    this.machineChoice = choice("Inspect a machine", machines, this.selected ?? "", (id) => this.select(id || null));
    this.tableButton = make("button", { type: "button", text: "Table", "aria-pressed": "false", onclick: () => this.showTable(!this.tabled) });
    this.homeButton = make("button", { type: "button", text: "Whole floor", onclick: () => this.home() });
    this.saveButton = make("button", { type: "button", text: "Save picture", onclick: () => this.#download() });
    return [...found, this.machineChoice, this.tableButton, this.homeButton, this.saveButton];
  }

  #transport() {
    this.playButton = make("button", { type: "button", class: "play", onclick: () => this.toggle() });
    const button = (text, onclick) => make("button", { type: "button", text, onclick });
    const speeds = SPEEDS.map((value) => [String(value), value < 60 ? `${value} min/s` : `${value / 60} h/s`]);
    if (!SPEEDS.includes(this.speed)) speeds.push([String(this.speed), `${this.speed} min/s`]);
    this.speedChoice = choice("Speed, simulated time per second", speeds, String(this.speed), (value) => this.setSpeed(Number(value)));
    const kinds = [["", "events: no tool changes"], ["all", "events: all"]];
    this.kindChoice = choice("Which events", kinds, this.all ? "all" : "", (value) => this.#filter(value === "all"));
    return [
      this.playButton,
      button("Previous event", () => this.previous()),
      button("Next event", () => this.next()),
      this.speedChoice,
      this.kindChoice,
      make("span", { class: "room" }),
      button("Back to start", () => this.reset()),
    ];
  }

  #filter(all) {
    this.all = all;
    this.events = eventsOf(this.runs, all);
    this.fresh = true;
    this.invalidate();
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    // A list keeps the keys that choose from it, and gives the others on.
    if (target.tagName === "SELECT" && !" ,.Escape".includes(event.key)) return;
    const step = event.shiftKey ? FAR : STEP;
    const acts = {
      " ": () => this.toggle(),
      ArrowLeft: () => this.seek(this.clock.t - step),
      ArrowRight: () => this.seek(this.clock.t + step),
      ArrowDown: () => this.seek(this.clock.t - FAR),
      ArrowUp: () => this.seek(this.clock.t + FAR),
      ",": () => this.previous(),
      ".": () => this.next(),
      Home: () => this.seek(this.clock.begin),
      End: () => this.seek(this.clock.end),
      Escape: () => this.select(null),
    };
    const act = acts[event.key];
    if (!act || (event.key === " " && target.tagName === "BUTTON")) return;
    event.preventDefault();
    act();
  }

  get shownRuns() {
    return this.view === "both" ? this.runs : [this.runs[Number(this.view)]];
  }

  seek(t) {
    this.clock.playing = false;
    this.clock.seek(t);
  }

  play() {
    this.clock.play();
  }

  pause() {
    this.clock.pause();
  }

  toggle() {
    if (this.clock.playing) this.pause();
    else this.play();
  }

  reset() {
    this.seek(this.clock.begin);
  }

  setSpeed(minutes) {
    checkSpeed(minutes);
    this.speed = minutes;
    this.clock.speed = minutes * 60;
    remember(minutes);
    this.speedChoice.value = String(minutes);
  }

  #toEvent(event) {
    if (!event) return;
    this.seek(event.t);
    const now = this.#eventsAt(event.t);
    const elsewhere = event.machine && !now.some((one) => one.machine === this.selected);
    if (this.selected !== null && elsewhere) this.select(event.machine);
    this.#tell(now);
  }

  /** Return all events of one instant in the runs that are shown. */
  #eventsAt(t) {
    const shown = new Set(this.shownRuns.map((run) => run.index));
    return this.events.filter((event) => event.t === t && shown.has(event.run));
  }

  /** Say events of one instant, those of both runs and of all machines. */
  #tell(events) {
    const texts = events.slice(0, MOST_SAID).map((event, i) => {
      const own = this.runs.length > 1 ? `${"AB"[event.run]}  ` : "";
      return own + eventText(event, i ? () => "" : this.say).trim();
    });
    if (events.length > MOST_SAID) texts.push(`and ${events.length - MOST_SAID} more`);
    say(this.live, texts.join("; "));
    this.live.title = texts.join("; ");
  }

  next() {
    const shown = new Set(this.shownRuns.map((run) => run.index));
    this.#toEvent(this.events.find((event) => event.t > this.clock.t && shown.has(event.run)));
  }

  previous() {
    const shown = new Set(this.shownRuns.map((run) => run.index));
    this.#toEvent(this.events.findLast((event) => event.t < this.clock.t && shown.has(event.run)));
  }

  select(id) {
    this.selected = id;
    this.machineChoice.value = id ?? "";
    this.fresh = true;
    this.invalidate();
  }

  show(view) {
    this.view = view;
    if (this.viewChoice) this.viewChoice.value = view;
    this.fresh = true;
    this.invalidate();
  }

  colour(by) {
    this.colouring = by;
    if (this.colourChoice) this.colourChoice.value = by;
    if (by !== "status" && this.range === undefined) this.range = rangeOf(this.runs);
    this.fresh = true;
    this.invalidate();
  }

  /** Show the table instead of the picture, beside it where that is wide; without one always. */
  showTable(on) {
    this.tabled = on || this.pictureless;
    this.table.root.hidden = !this.tabled;
    this.root.classList.toggle("tabled", this.tabled);
    this.tableButton.setAttribute("aria-pressed", String(this.tabled));
    this.homeButton.disabled = this.saveButton.disabled = this.pictureless || this.hiddenPicture;
    this.invalidate();
  }

  get pictureless() {
    return !this.stage || Boolean(this.lost);
  }

  get hiddenPicture() {
    return this.tabled && !this.root.classList.contains("wide");
  }

  home() {
    this.stage?.resize();
    this.stage?.frame(this.shownRuns.length);
    this.invalidate();
  }

  /** Show other data, as a live source sends it: time, camera, machine and colours stay. */
  setData(data) {
    const next = read(data); // before anything is given up
    const { t, playing } = this.clock;
    const atEnd = t >= this.clock.end;
    const camera = this.stage?.camera.position.clone();
    const target = this.stage?.controls.target.clone();
    const { view, colouring, selected } = this;
    this.stage?.dispose();
    if (this.lost) this.tabled = this.wanted;
    this.lost = false;
    this.#load(next, t);
    if (atEnd && this.options.live) this.clock.t = this.clock.end;
    this.colour(colouring);
    this.select(this.data.machines.some((spec) => spec.id === selected) ? selected : null);
    if (view === "both" ? this.runs.length > 1 : Number(view) < this.runs.length) this.show(view);
    this.render();
    if (camera && this.stage) {
      this.stage.camera.position.copy(camera);
      this.stage.controls.target.copy(target);
      this.stage.controls.update();
    }
    this.clock.playing = playing && this.clock.t < this.clock.end;
    this.invalidate();
  }

  invalidate() {
    if (this.destroyed || this.frame) return;
    this.frame = requestAnimationFrame((now) => {
      this.frame = 0;
      this.clock.tick(now);
      this.render(now);
      if (this.clock.playing) this.invalidate();
    });
  }

  render(now = 0) {
    if (this.destroyed) return;
    const { t } = this.clock;
    const runs = this.shownRuns;
    if (this.clock.playing && !this.still?.matches) this.turn = (now / 1000) * 7;
    if (!this.pictureless && !this.hiddenPicture) {
      this.stage.draw(runs, t, { colouring: this.colouring, range: this.range ?? null, selected: this.selected, turn: this.turn });
    }
    say(this.time, this.say(t));
    say(this.playButton, this.clock.playing ? "Pause" : "Play");
    this.playButton.disabled = !this.clock.playing && t >= this.clock.end;
    this.timeline.show();
    if (this.fresh) this.#refresh(runs);
    // Words ten times a second are as many as anybody reads.
    if (this.clock.playing && now - (this.worded ?? 0) < 100) return;
    this.worded = now;
    this.drawn = t;
    this.#words(runs, t);
  }

  #refresh(runs) {
    this.fresh = false;
    const events = this.events.filter((event) => runs.some((run) => run.index === event.run));
    this.timeline.draw(runs, events, this.selected);
    this.legend.show(this.data, runs, events, this.colouring, this.range ?? null);
    this.said.replaceChildren(...runs.filter((run) => run.said).map((run) =>
      make("span", { text: runs.length > 1 ? `${"AB"[run.index]}: ${run.said}` : run.said })));
  }

  #words(runs, t) {
    const spec = this.data.machines.find((one) => one.id === this.selected) ?? null;
    this.inspector.show(spec, runs, t);
    if (this.tabled) this.table.show(this.data, runs, this.events, t, this.say);
    const counted = runs.map((run) => {
      const pieces = run.pieces(t);
      if (pieces === null) return t > run.end ? "run is over" : "run has not begun";
      const { waiting, inWork, finished, coming, done } = pieces;
      const some = [done === null ? null : `${done} done`, `${inWork} in machines`, `${waiting} waiting`];
      if (finished) some.push(`${finished} finished without room`);
      if (coming) some.push(`${coming} on the way`);
      return some.filter(Boolean).join(", ");
    });
    say(this.counts, runs.length > 1 ? "" : counted[0]);
    this.stage?.name(runs.length > 1 ? runs.map((run, i) => `${run.label}  ${counted[i]}`) : []);
    this.#speak(t, runs);
  }

  /** Tell the events that were passed last; while it plays, at most once in two seconds. */
  #speak(t, runs) {
    const shown = new Set(runs.map((run) => run.index));
    const last = this.events.findLast((event) => event.t <= t && shown.has(event.run));
    const key = last ? `${last.t} ${this.view} ${this.all}` : "";
    if (key === this.told) return;
    if (this.clock.playing && this.worded - (this.spokenAt ?? -1e9) < 2000) return;
    this.told = key;
    this.spokenAt = this.worded;
    this.#tell(last ? this.#eventsAt(last.t) : []);
  }

  /** Return the picture as a PNG data URL, labels included; null without WebGL. */
  picture() {
    if (this.pictureless || this.hiddenPicture) return null;
    this.render();
    const counted = this.counts.textContent ? ` · ${this.counts.textContent}` : "";
    return this.stage.picture(`${this.data.title} · ${this.say(this.clock.t)}${counted}`, this.legend.root).toDataURL("image/png");
  }

  #download() {
    const url = this.picture();
    if (url === null) return;
    const name = `${this.data.title} ${this.say(this.clock.t)}`.replace(/[^\p{L}\p{N}]+/gu, "-");
    make("a", { href: url, download: `${name}.png` }).click();
  }

  destroy() {
    if (this.destroyed) return;
    this.destroyed = true;
    cancelAnimationFrame(this.frame);
    this.resizer.disconnect();
    if (this.onPageKey) document.removeEventListener("keydown", this.onPageKey);
    this.stage?.dispose();
    this.host.remove();
  }
}

function statesOf(run) {
  const found = new Set();
  for (const { status } of run.machines.values()) {
    for (const number of new Set(status.state)) found.add(run.names[number]);
  }
  return [...found];
}

/** Return the least and the greatest temperature of all runs; null without any. */
function rangeOf(runs) {
  let low = Infinity;
  let high = -Infinity;
  for (const run of runs) {
    for (const { curves } of run.machines.values()) {
      for (const [key, { v }] of curves) {
        if (!key.startsWith("temperature_c/")) continue;
        for (const value of v) {
          if (value < low) low = value;
          if (value > high) high = value;
        }
      }
    }
  }
  return low <= high ? [low, Math.max(high, low + 5)] : null;
}

/**
 * Show runs in an element and return the handle to them.
 *
 * data: the object that simtwin.viewer.data makes (static/viewer.schema.json).
 * options: speed [simulated min/s], page (take keys of the whole page), live (stay at the end
 * when new data comes), webgl (false: table only).
 */
export function createViewer(element, data, options = {}) {
  const viewer = new Viewer(element, data, options);
  const run = (index) => {
    const found = viewer.runs[index];
    if (!found) throw new Error(`there is no run ${index}; there are ${viewer.runs.length}`);
    return found;
  };
  return {
    get time() { return viewer.clock.t; },
    get drawn() { return viewer.drawn; },
    get playing() { return viewer.clock.playing; },
    get speed() { return viewer.speed; },
    get selected() { return viewer.selected; },
    get view() { return viewer.view; },
    get data() { return viewer.data; },
    seek: (t) => { viewer.seek(t); viewer.render(); },
    play: () => viewer.play(),
    pause: () => viewer.pause(),
    reset: () => viewer.reset(),
    next: () => viewer.next(),
    previous: () => viewer.previous(),
    setSpeed: (minutes) => viewer.setSpeed(minutes),
    select: (id) => { viewer.select(id); viewer.render(); },
    show: (view) => { viewer.show(String(view)); viewer.render(); },
    colour: (by) => { viewer.colour(by); viewer.render(); },
    showTable: (on) => { viewer.showTable(on); viewer.render(); },
    setData: (other) => viewer.setData(other),
    picture: () => viewer.picture(),
    stateOf: (index, id, t = viewer.clock.t) => run(index).at(id, t),
    pieces: (index, t = viewer.clock.t) => run(index).pieces(t),
    waiting: (index, station, t = viewer.clock.t) => run(index).waiting(station, t),
    events: () => viewer.events,
    shown: (id) => viewer.stage?.world.shown(id) ?? null,
    named: (view = 0) => viewer.stage?.named(view) ?? null,
    labelled: (view = 0) => viewer.stage?.labelled(view) ?? null,
    info: () => (viewer.stage ? { ...viewer.stage.renderer.info.render, ...viewer.stage.renderer.info.memory } : null),
    destroy: () => viewer.destroy(),
  };
}

export { heat, look, nodeOf, read };
