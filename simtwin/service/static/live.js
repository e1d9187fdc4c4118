"use strict";
// Follows one twin: its state as it changes, in words, and the plant in 3D beside it.
const at = (id) => document.getElementById(id);
const base = location.pathname.replace(/\/view$/, "");
const device = decodeURIComponent(base.split("/").at(-2));
const MARKS = { IN_SYNC: "=", STALE: "?", DRIFTING: "~", DIVERGED: "!", UNCALIBRATED: "-" };
const AGAIN = [1000, 2000, 5000, 10000]; // until the next try [ms]
let headers = {};
let number = 0; // of the connection that counts
let state = null;
let heard = null;
let shown = null;
let drawing = false;
let viewer = null;

function link(kind, text) {
  at("link").dataset.link = kind;
  at("link").textContent = text;
  at("shop").dataset.old = String(kind !== "open" && kind !== "none");
}

function clocked() {
  if (heard === null || at("link").dataset.link !== "open") return;
  const seconds = Math.floor((performance.now() - heard) / 1000);
  link("open", `Connected. The twin stands at ${state.time}; it last moved ${seconds} s ago.`);
}

async function words(answer) {
  try { return (await answer.json()).detail; } catch { return `status ${answer.status}`; }
}

async function follow(own) {
  let tries = 0;
  while (own === number) {
    try {
      const answer = await fetch(`${base}/events`, { headers });
      if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
        at("ask").hidden = false;
        return link("refused", await words(answer));
      }
      if (!answer.ok) throw new Error(await words(answer));
      tries = 0;
      await listen(answer.body.pipeThrough(new TextDecoderStream()).getReader(), own);
    } catch (error) {
      if (own !== number) return;
      const since = state === null ? "" : ` What is shown is of ${state.time}.`;
      link("lost", `No connection (${error.message}).${since}`);
      await new Promise((done) => setTimeout(done, AGAIN[Math.min(tries, AGAIN.length - 1)]));
      tries += 1;
    }
  }
}

async function listen(reader, own) {
  let text = "";
  while (own === number) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const events = text.split("\n\n");
    text = events.pop();
    events.forEach(take);
  }
}

function take(event) {
  const lines = event.split("\n").filter((line) => line.startsWith("data: "));
  if (!lines.length) return; // a sign of life
  const found = JSON.parse(lines.map((line) => line.slice(6)).join("\n"));
  const moved = state === null || found.time !== state.time
    || found.observations.digest !== state.observations.digest;
  state = found;
  if (moved) heard = performance.now();
  at("link").dataset.link = "open";
  at("shop").dataset.old = "false";
  clocked();
  tell();
  draw();
}

function tell() {
  document.title = `simtwin: ${device}`;
  at("title").textContent = `${device}: ${state.plant}, ${state.scenario}`;
  at("basis").textContent = `Simulated: ${state.basis}.`;
  at("told").hidden = false;
  at("rows").replaceChildren(...state.machines.flatMap(rowsOf));
}

function rowsOf(machine) {
  const reports = machine.reported.length ? machine.reported : [null];
  return reports.map((report, i) => {
    const row = document.createElement("tr");
    row.dataset.machine = machine.machine;
    if (i === 0) row.append(...headsOf(machine, reports.length));
    if (report === null) {
      row.append(cell("nothing reported", { colSpan: 5 }));
      return row;
    }
    row.dataset.signal = report.signal;
    const of = report.node === null ? "" : ` (${report.node})`;
    const estimated = report.estimated;
    row.append(
      cell(report.signal + of),
      cell(`${number_(report.value)} ${report.unit}`, {}, report.freshness),
      cell(estimated === null ? "–"
        : `${number_(estimated.value)} [${number_(estimated.low)}, ${number_(estimated.high)}]`),
      cell(number_(report.simulated)),
      cell(`${report.freshness}, ${report.quality}, `
        + (report.age_s === null ? "no age" : `${number_(report.age_s)} s old`),
      {}, report.freshness),
    );
    return row;
  });
}

function headsOf(machine, rowSpan) {
  const doing = machine.job ? `${machine.state}, ${machine.job}` : machine.state;
  const trust = cell("", { rowSpan });
  trust.dataset.status = machine.status;
  const mark = document.createElement("span");
  mark.className = "mark";
  mark.textContent = MARKS[machine.status];
  const reason = document.createElement("div");
  reason.className = "reason";
  reason.textContent = machine.reason;
  trust.append(mark, machine.status.toLowerCase().replace("_", " "), reason);
  return [cell(machine.machine, { rowSpan }), cell(doing, { rowSpan }), trust];
}

function cell(text, spans = {}, freshness = "") {
  const found = Object.assign(document.createElement("td"), spans);
  found.textContent = text;
  if (freshness) found.dataset.freshness = freshness;
  return found;
}

function number_(value) {
  if (value === null) return "–";
  return typeof value === "number" ? String(Number(value.toPrecision(4))) : value;
}

/** Show the plant as it is now: one question at a time, and the newest state in the end. */
async function draw() {
  if (drawing) return;
  drawing = true;
  try {
    while (shown !== `${state.time} ${state.observations.digest}`) {
      const wanted = `${state.time} ${state.observations.digest}`;
      const answer = await fetch(`${base}/view/data`, { headers });
      if (!answer.ok) throw new Error(await words(answer));
      const data = await answer.json();
      at("shop").hidden = false;
      if (viewer === null) {
        viewer = simtwinViewer.createViewer(at("shop"), data, { page: true, live: true });
        viewer.seek(data.t_end);
        window.viewer = viewer;
      } else viewer.setData(data);
      shown = wanted;
    }
  } catch (error) {
    at("basis").textContent = `The picture is not of now: ${error.message}.`;
  } finally {
    drawing = false;
  }
}

at("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  headers = { Authorization: `Bearer ${at("key").value.trim()}` };
  at("key").value = "";
  at("ask").hidden = true;
  number += 1;
  link("none", "Connecting.");
  follow(number);
});
setInterval(clocked, 1000);
