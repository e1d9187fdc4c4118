// The stage: canvas, camera and labels. Two runs stand side by side in one renderer.
import * as THREE from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import { make, say } from "./dom.js";
import { lay } from "./labels.js";
import { look } from "./looks.js";
import { World } from "./world.js";

/** Return a WebGL 2 context on a canvas, or null where the browser has none. */
export function context(canvas) {
  try {
    return canvas.getContext("webgl2", { antialias: true, alpha: false, powerPreference: "low-power" });
  } catch {
    return null;
  }
}

const DIRECTION = new THREE.Vector3(0.03, 0.68, 0.74).normalize();
const NAME = "12px system-ui, 'DejaVu Sans', sans-serif";

export class Stage {
  constructor(holder, canvas, gl, data, { picked, changed }) {
    this.holder = holder;
    this.canvas = canvas;
    this.renderer = new THREE.WebGLRenderer({ canvas, context: gl });
    this.renderer.setPixelRatio(Math.min(2, window.devicePixelRatio || 1));
    this.renderer.info.autoReset = false;
    this.world = new World(data);
    this.camera = new THREE.PerspectiveCamera(38, 1, 0.5, 600);
    this.camera.position.copy(DIRECTION);
    this.camera.lookAt(0, 0, 0);
    this.facing = this.camera.quaternion.clone();
    this.pen = document.createElement("canvas").getContext("2d");
    this.widths = new Map();
    this.controls = new OrbitControls(this.camera, canvas);
    this.controls.maxPolarAngle = Math.PI * 0.47;
    this.controls.addEventListener("change", changed);
    this.controls.addEventListener("start", () => (this.moved = true));
    this.layers = [0, 1].map(() => make("div", { class: "labels", "aria-hidden": "true" }));
    this.titles = this.layers.map(() => make("div", { class: "title" }));
    this.layers.forEach((layer, i) => layer.append(this.titles[i]));
    holder.append(...this.layers);
    this.labels = this.layers.map(() => new Map());
    this.changed = changed;
    this.#listen(picked);
    this.resize();
    this.frame();
  }

  #listen(picked) {
    let down = null;
    this.onDown = (event) => (down = [event.clientX, event.clientY]);
    this.onUp = (event) => {
      if (down && Math.hypot(event.clientX - down[0], event.clientY - down[1]) < 5) {
        picked(this.#pick(event));
      }
      down = null;
    };
    this.canvas.addEventListener("pointerdown", this.onDown);
    this.canvas.addEventListener("pointerup", this.onUp);
  }

  #pick(event) {
    const area = this.canvas.getBoundingClientRect();
    const runs = this.shown ?? [];
    if (!runs.length) return null;
    const [px, py] = [event.clientX - area.left, event.clientY - area.top];
    const views = this.areas(runs.length);
    const half = views.findIndex((one) => px <= one.left + one.width && py <= one.top + one.height);
    if (half < 0) return null;
    const view = views[half];
    const x = ((px - view.left) / view.width) * 2 - 1;
    const y = 1 - ((py - view.top) / view.height) * 2;
    const ray = new THREE.Raycaster();
    ray.setFromCamera(new THREE.Vector2(x, y), this.camera);
    return this.world.pick(ray, runs[half]);
  }

  resize() {
    const width = Math.max(1, this.holder.clientWidth);
    const height = Math.max(1, this.holder.clientHeight);
    this.size = [width, height];
    this.renderer.setSize(width, height, false);
    // Whoever has turned the camera keeps the view; else the whole floor stays in sight.
    if (this.views && !this.moved) this.frame(this.views);
  }

  /** Return the areas of so many views, side by side or one above the other: what shows more. */
  areas(views) {
    const [width, height] = this.size;
    const large = (w, h) => h / this.#distance(w / h);
    const beside = views < 2 || large(width / views, height) >= large(width, height / views);
    return Array.from({ length: views }, (_, i) => {
      const [from, to] = [i / views, (i + 1) / views];
      const [left, right] = beside ? [Math.round(from * width), Math.round(to * width)] : [0, width];
      const [top, bottom] = beside ? [0, height] : [Math.round(from * height), Math.round(to * height)];
      return { left, top, width: right - left, height: bottom - top, beside };
    });
  }

  /** Return how far a camera of this aspect must be to see all machines [m]. */
  #distance(aspect) {
    const { bounds } = this.world;
    const middle = bounds.getCenter(new THREE.Vector3());
    const inverse = this.facing.clone().invert();
    const across = Math.tan((this.camera.fov * Math.PI) / 360);
    let distance = 0;
    for (let i = 0; i < 8; i += 1) {
      const corner = new THREE.Vector3(
        i & 1 ? bounds.max.x : bounds.min.x,
        i & 2 ? bounds.max.y : bounds.min.y,
        i & 4 ? bounds.max.z : bounds.min.z,
      );
      const own = corner.sub(middle).applyQuaternion(inverse);
      distance = Math.max(
        distance,
        own.z + Math.abs(own.y) / (across * 0.9),
        own.z + Math.abs(own.x) / (across * aspect * 0.96),
      );
    }
    return distance;
  }

  /** Put the camera where all machines are seen. */
  frame(views = 1) {
    const middle = this.world.bounds.getCenter(new THREE.Vector3());
    const [area] = this.areas(views);
    this.camera.aspect = area.width / area.height;
    this.camera.position.copy(middle).addScaledVector(DIRECTION, this.#distance(this.camera.aspect));
    this.controls.target.copy(middle);
    this.controls.update();
    this.views = views;
    this.moved = false;
  }

  /** Draw runs at t side by side, the same camera for each. */
  draw(runs, t, options) {
    const views = runs.length;
    if (views !== this.views) this.frame(views);
    this.shown = runs;
    const areas = this.areas(views);
    this.camera.aspect = areas[0].width / areas[0].height;
    this.camera.updateProjectionMatrix();
    this.renderer.info.reset();
    this.renderer.setScissorTest(true);
    runs.forEach((run, i) => {
      const { left, top, width, height } = areas[i];
      const below = this.size[1] - top - height;
      this.renderer.setViewport(left, below, width, height);
      this.renderer.setScissor(left, below, width, height);
      this.world.apply(run, t, options);
      this.renderer.render(this.world.scene, this.camera);
      this.#label(i, runs, t, areas[i], options.selected);
    });
    this.layers.forEach((layer, i) => (layer.hidden = i >= views));
  }

  /** Say above each view whose it is. */
  name(texts) {
    this.titles.forEach((title, i) => say(title, texts[i] ?? ""));
  }

  #label(view, runs, t, area, selected) {
    const { width, height } = area;
    const layer = this.layers[view];
    for (const side of ["left", "top", "width", "height"]) layer.style[side] = `${area[side]}px`;
    layer.classList.toggle("beside", view > 0 && area.beside);
    layer.classList.toggle("below", view > 0 && !area.beside);
    const others = runs.filter((_, i) => i !== view);
    const found = [...this.world.anchors(runs[view], t)].map((anchor) => {
      const depth = anchor.at.distanceTo(this.camera.position);
      const place = anchor.at.project(this.camera);
      const [x, y] = [((place.x + 1) / 2) * width, ((1 - place.y) / 2) * height];
      const inside = place.z < 1 && x > 0 && x < width && y > -9 && y < height;
      const text = this.#text(anchor);
      return { ...anchor, x, y, depth, inside, text, wide: this.#wide(text), differs: differs(anchor, others, t) };
    });
    const known = this.labels[view];
    const seen = new Set();
    const title = this.titles[view].textContent ? 26 : 0;
    for (const one of lay(found, { width, height, top: title, selected })) {
      const key = `${one.kind} ${one.id}`;
      seen.add(key);
      if (!known.has(key)) known.set(key, this.#newLabel(layer, one.kind));
      this.#place(known.get(key), one, selected);
    }
    for (const [key, label] of known) if (!seen.has(key)) label.root.hidden = true;
  }

  #text(anchor) {
    if (anchor.kind === "machine") {
      const { pieces, finished } = anchor.told;
      const all = (pieces ?? 0) + (finished ?? 0);
      return all > 1 ? `${anchor.id} · ${all} pieces` : anchor.id;
    }
    const of = anchor.capacity === null ? "" : `/${anchor.capacity}`;
    const more = [anchor.coming && `${anchor.coming} coming`, anchor.store && `${anchor.store} in store`];
    return [`${anchor.id}: ${anchor.waiting}${of} waiting`, ...more.filter(Boolean)].join(", ");
  }

  /** Return how wide a text is drawn [px]; each is measured once. */
  #wide(text) {
    if (!this.widths.has(text)) {
      if (this.widths.size > 5000) this.widths.clear();
      this.pen.font = NAME;
      this.widths.set(text, Math.min(210, Math.ceil(this.pen.measureText(text).width * 1.03) + 12));
    }
    return this.widths.get(text);
  }

  #newLabel(layer, kind) {
    const glyph = make("b", { class: "glyph" });
    const text = make("span", { class: "name" });
    const root = make("div", { class: `label ${kind}` }, ...(kind === "machine" ? [glyph] : []), text);
    layer.append(root);
    return { root, glyph, text };
  }

  #place(label, one, selected) {
    if (one.kind === "machine") {
      const { color, glyph, ink } = look(one.told.state);
      say(label.glyph, glyph);
      label.glyph.style.background = color;
      label.glyph.style.color = ink;
    }
    say(label.text, one.text);
    label.root.hidden = !one.at;
    label.text.hidden = !one.name;
    label.root.classList.toggle("selected", one.kind === "machine" && one.id === selected);
    label.root.classList.toggle("differs", one.differs > 0);
    if (!one.at) return;
    label.root.style.transform = `translate(${one.at[0].toFixed(1)}px, ${one.at[1].toFixed(1)}px)`;
    if (!one.name) return;
    label.text.style.width = `${one.wide}px`;
    label.text.style.transform = `translate(${(one.name[0] - one.at[0]).toFixed(1)}px, ${(one.name[1] - one.at[1]).toFixed(1)}px)`;
  }

  /** Return the texts of the names that are drawn in a view: for tests. */
  named(view) {
    return [...this.labels[view].values()]
      .filter(({ root, text }) => !root.hidden && !text.hidden)
      .map(({ text }) => text.textContent);
  }

  /** Return what stands on the labels of a view, by machine: for tests. */
  labelled(view) {
    return Object.fromEntries(
      [...this.labels[view]]
        .filter(([key]) => key.startsWith("machine "))
        .map(([key, label]) => [key.slice(8), label.glyph.textContent]),
    );
  }

  /** Return the picture as a canvas: labels, whose view is whose, a headline and the legend. */
  picture(headline, legend) {
    const { canvas } = this;
    const scale = canvas.width / this.size[0];
    const copy = document.createElement("canvas");
    const above = 30;
    const below = legend.getBoundingClientRect();
    copy.width = canvas.width;
    copy.height = canvas.height + Math.ceil((above + below.height) * scale);
    const pen = copy.getContext("2d");
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, copy.width, copy.height);
    pen.drawImage(canvas, 0, Math.round(above * scale));
    pen.scale(scale, scale);
    pen.textBaseline = "middle";
    pen.fillStyle = "#1F2A33";
    pen.font = "600 15px system-ui, 'DejaVu Sans', sans-serif";
    pen.fillText(headline, 12, above / 2 + 1, this.size[0] - 24);
    const area = this.holder.getBoundingClientRect();
    for (const layer of this.layers) if (!layer.hidden) paint(pen, layer, area.left, area.top - above);
    paint(pen, legend, below.left, below.top - above - this.size[1]);
    pen.fillStyle = "#C3CCD4";
    const second = this.shown?.length > 1 ? this.areas(2)[1] : null;
    if (second?.beside) pen.fillRect(second.left - 1, above, 2, second.height);
    else if (second) pen.fillRect(0, above + second.top - 1, second.width, 2);
    return copy;
  }

  dispose() {
    this.canvas.removeEventListener("pointerdown", this.onDown);
    this.canvas.removeEventListener("pointerup", this.onUp);
    this.controls.removeEventListener("change", this.changed);
    this.controls.dispose();
    this.world.dispose();
    this.renderer.dispose();
    this.renderer.forceContextLoss();
  }
}

/** Paint what an element shows, its backgrounds and texts, onto a canvas. */
function paint(pen, root, left, top) {
  for (const part of root.querySelectorAll("*")) {
    const place = part.getBoundingClientRect();
    if (!place.width || part.closest("[hidden]")) continue;
    const style = getComputedStyle(part);
    const [x, y] = [place.left - left, place.top - top];
    pen.fillStyle = style.backgroundColor;
    if (part.stops) {
      pen.fillStyle = pen.createLinearGradient(x, 0, x + place.width, 0);
      part.stops.forEach((stop, i) => pen.fillStyle.addColorStop(i / (part.stops.length - 1), stop));
    }
    pen.fillRect(x, y, place.width, place.height);
    if (part.childElementCount || !part.textContent) continue;
    pen.fillStyle = style.color;
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const glyph = part.classList.contains("glyph");
    pen.textAlign = glyph ? "center" : "left";
    const inset = parseFloat(style.paddingLeft) || 0;
    pen.fillText(part.textContent, glyph ? x + place.width / 2 : x + inset, y + place.height / 2, place.width);
    pen.textAlign = "left";
  }
}

/** Return 2 for what only this run has, 1 for what is otherwise in another one at t, else 0. */
function differs(anchor, others, t) {
  let found = 0;
  for (const other of others) {
    if (anchor.kind === "machine") {
      const told = other.at(anchor.id, t);
      if (told === null) return 2;
      if (told.state !== anchor.told.state || told.job !== anchor.told.job) found = 1;
    } else {
      const waiting = other.waiting(anchor.id, t);
      if (waiting === null && !other.places.get("queues").has(anchor.id)) return 2;
      if (waiting !== anchor.waiting) found = 1;
    }
  }
  return found;
}
