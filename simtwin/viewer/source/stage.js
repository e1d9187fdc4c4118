// The stage: canvas, camera and labels. Two runs stand side by side in one renderer.
import * as THREE from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import { make, say } from "./dom.js";
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

export class Stage {
  constructor(holder, canvas, gl, data, { picked, changed }) {
    this.holder = holder;
    this.canvas = canvas;
    this.renderer = new THREE.WebGLRenderer({ canvas, context: gl });
    this.renderer.setPixelRatio(Math.min(2, window.devicePixelRatio || 1));
    this.renderer.info.autoReset = false;
    this.world = new World(data);
    this.camera = new THREE.PerspectiveCamera(38, 1, 0.5, 600);
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

  /** Return the areas of so many views, side by side or one above the other: what is larger. */
  areas(views) {
    const [width, height] = this.size;
    const { x, z } = this.world.bounds.getSize(new THREE.Vector3());
    const shape = x / (0.75 * z + 2);
    const large = (w, h) => Math.min(w / shape, h);
    const beside = large(width / views, height) >= large(width, height / views);
    return Array.from({ length: views }, (_, i) => {
      const [from, to] = [i / views, (i + 1) / views];
      const [left, right] = beside ? [Math.round(from * width), Math.round(to * width)] : [0, width];
      const [top, bottom] = beside ? [0, height] : [Math.round(from * height), Math.round(to * height)];
      return { left, top, width: right - left, height: bottom - top, beside };
    });
  }

  /** Put the camera where all machines are seen. */
  frame(views = 1) {
    const { bounds } = this.world;
    const middle = bounds.getCenter(new THREE.Vector3());
    const [area] = this.areas(views);
    const aspect = area.width / area.height;
    const direction = new THREE.Vector3(0.03, 0.68, 0.74).normalize();
    this.camera.aspect = aspect;
    this.camera.position.copy(middle).addScaledVector(direction, 10);
    this.camera.lookAt(middle);
    this.camera.updateMatrixWorld();
    const across = Math.tan((this.camera.fov * Math.PI) / 360);
    let distance = 0;
    const inverse = this.camera.quaternion.clone().invert();
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
    this.camera.position.copy(middle).addScaledVector(direction, distance);
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
      this.#label(i, run, t, areas[i], options.selected);
    });
    this.layers.forEach((layer, i) => (layer.hidden = i >= views));
  }

  /** Say above each view whose it is. */
  name(texts) {
    this.titles.forEach((title, i) => say(title, texts[i] ?? ""));
  }

  #label(view, run, t, area, selected) {
    const { width, height } = area;
    const layer = this.layers[view];
    for (const side of ["left", "top", "width", "height"]) layer.style[side] = `${area[side]}px`;
    layer.classList.toggle("beside", view > 0 && area.beside);
    layer.classList.toggle("below", view > 0 && !area.beside);
    const found = [];
    for (const anchor of this.world.anchors(run, t)) {
      const depth = anchor.at.distanceTo(this.camera.position);
      const place = anchor.at.project(this.camera);
      const x = ((place.x + 1) / 2) * width;
      const y = ((1 - place.y) / 2) * height;
      const inside = place.z < 1 && x > 0 && x < width && y > 8 && y < height;
      found.push({ ...anchor, x, y, depth, inside });
    }
    found.sort((a, b) => (b.id === selected) - (a.id === selected) || (a.kind === "queue") - (b.kind === "queue") || a.depth - b.depth);
    const taken = [];
    const known = this.labels[view];
    const seen = new Set();
    for (const one of found) {
      one.width = width;
      const key = `${one.kind} ${one.id}`;
      seen.add(key);
      if (!known.has(key)) known.set(key, this.#newLabel(layer, one.kind));
      this.#place(known.get(key), one, taken, selected);
    }
    for (const [key, label] of known) if (!seen.has(key)) label.root.hidden = true;
  }

  #newLabel(layer, kind) {
    const glyph = make("b", { class: "glyph" });
    const text = make("span", { class: "name" });
    const root = make("div", { class: `label ${kind}` }, ...(kind === "machine" ? [glyph] : []), text);
    layer.append(root);
    return { root, glyph, text };
  }

  #place(label, one, taken, selected) {
    if (one.kind === "machine") {
      const { color, glyph, ink } = look(one.told.state);
      say(label.glyph, glyph);
      label.glyph.style.background = color;
      label.glyph.style.color = ink;
      say(label.text, one.id);
    } else {
      const of = one.capacity === null ? "" : `/${one.capacity}`;
      say(label.text, `${one.id}: ${one.waiting}${of} waiting`);
    }
    label.root.hidden = !one.inside;
    if (!one.inside) return;
    label.root.classList.toggle("selected", one.id === selected);
    const wide = 24 + 6.6 * Math.min(30, label.text.textContent.length);
    const x = Math.max(wide / 2, Math.min(one.width - wide / 2, one.x));
    const area = [x - wide / 2, one.y - 11, x + wide / 2, one.y + 11];
    const crowded = taken.some((o) => area[0] < o[2] && area[2] > o[0] && area[1] < o[3] && area[3] > o[1]);
    // A crowded machine keeps its glyph and loses its name; a crowded queue is not named.
    label.text.hidden = crowded;
    if (crowded && one.kind === "queue") label.root.hidden = true;
    if (!crowded) taken.push(area);
    label.root.style.transform = `translate(-50%, -50%) translate(${(crowded ? one.x : x).toFixed(1)}px, ${one.y.toFixed(1)}px)`;
  }

  /** Return what stands on the labels of a view, by machine: for tests. */
  labelled(view) {
    return Object.fromEntries(
      [...this.labels[view]]
        .filter(([key]) => key.startsWith("machine "))
        .map(([key, label]) => [key.slice(8), label.glyph.textContent]),
    );
  }

  /** Return the picture as a canvas, labels and a line of text included. */
  picture(title) {
    const { canvas } = this;
    const copy = document.createElement("canvas");
    copy.width = canvas.width;
    copy.height = canvas.height;
    const pen = copy.getContext("2d");
    pen.drawImage(canvas, 0, 0);
    const scale = canvas.width / this.size[0];
    pen.scale(scale, scale);
    const area = this.holder.getBoundingClientRect();
    pen.textBaseline = "middle";
    for (const label of this.layers.flatMap((layer) => [...layer.querySelectorAll(".label")])) {
      if (label.hidden || label.parentElement.hidden) continue;
      for (const part of label.children) {
        const place = part.getBoundingClientRect();
        if (part.hidden || !place.width) continue;
        const style = getComputedStyle(part);
        pen.fillStyle = style.backgroundColor;
        pen.fillRect(place.left - area.left, place.top - area.top, place.width, place.height);
        pen.fillStyle = style.color;
        pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
        pen.textAlign = "center";
        pen.fillText(part.textContent, place.left - area.left + place.width / 2, place.top - area.top + place.height / 2);
      }
    }
    pen.textAlign = "left";
    pen.fillStyle = "#1F2A33";
    pen.font = "600 15px system-ui, 'DejaVu Sans', sans-serif";
    pen.fillText(title, 12, 18);
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
