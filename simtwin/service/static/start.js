"use strict";
const bodies = {
  synchronize: {observations: [{boot: "start-page", seq: 1, at: "07:00", machine: "mill-1",
    signal: "feed_override_pct", value: 85}]},
  simulate: {replications: 20},
  optimize: {machine: "mill-1", objective: ["energy"]},
};
const at = (id) => document.getElementById(id);

function choose() {
  const [method, address] = at("what").value.split(/ (.*)/);
  at("address").value = address;
  at("address").dataset.method = method;
  const body = bodies[address.split("/").pop()];
  at("body-label").hidden = method !== "POST";
  at("body").value = body ? JSON.stringify(body, null, 2) : "";
}

async function ask(event) {
  event.preventDefault();
  const method = at("address").dataset.method;
  const headers = {Authorization: "Bearer " + at("key").value.trim()};
  if (method === "POST") headers["Content-Type"] = "application/json";
  at("answer").textContent = "...";
  try {
    const told = await fetch(at("address").value,
      {method, headers, body: method === "POST" ? at("body").value : undefined});
    const text = await told.text();
    let shown = text;
    try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* a table, not JSON */ }
    at("answer").textContent = told.status + "\n" + shown;
    offerResult(told.status, text);
  } catch (error) {
    at("answer").textContent = "The service does not answer: " + error.message;
  }
}

// A job that was started: its result is one choice more, asked with the same key.
function offerResult(status, text) {
  if (status !== 202) return;
  const job = JSON.parse(text);
  const choice = new Option(`Result of the job ${job.id} (${job.verb}), once it is over`,
    `GET /v1/jobs/${job.id}/results/result.json`);
  at("what").add(choice);
  const told = at("result");
  told.hidden = false;
  told.querySelector("code").textContent = `/v1/jobs/${job.id}/results/result.json`;
  told.querySelector("button").onclick = () => {
    at("what").value = choice.value;
    choose();
    at("ask").requestSubmit();
  };
}

at("what").addEventListener("change", choose);
at("ask").addEventListener("submit", ask);
at("terminal").textContent =
  at("terminal").textContent.replaceAll("localhost:8000", location.host);
choose();
