// Says numbers with their unit, to the digit that the tolerance of the data allows.

const known = (value) => value !== null && value !== undefined && !Number.isNaN(value);

export function number(value, digits, unit) {
  return known(value) ? `${value.toFixed(digits)}\u00a0${unit.replace(" ", "\u00a0")}` : "unknown";
}

export function lasting(seconds) {
  if (!known(seconds)) return "";
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** Return [name, text] of everything that is known about a machine; told is of Run.at. */
export function facts(spec, told, t) {
  if (told === null) return [["state", "not in this plant"]];
  if (told.state === null) return [["state", told.missing]];
  const rows = [
    ["state", told.state],
    ["for", lasting(t - told.since)],
    ["cause", told.cause || "–"],
    ["piece", pieceText(told) || "–"],
    ["operation", told.operation || "–"],
  ];
  if (told.power_kw !== undefined) rows.push(["power", number(told.power_kw, 2, "kW")]);
  if (spec.nodes.length) {
    rows.push(
      ["spindle speed", number(told.speed_rpm, 0, "rpm")],
      ["torque", number(told.torque_nm, 1, "N m")],
      ["motor current", number(told.motor_current_a, 1, "A")],
    );
    for (const node of spec.nodes) {
      const limit = spec.limits[node];
      const text = number(told.temperature_c[node], 1, "°C");
      rows.push([`${node} node`, limit === undefined ? text : `${text} (trips at ${number(limit, 0, "°C")})`]);
    }
  }
  for (const [name, share] of wear(spec, told)) {
    const of = name.startsWith("tool") ? "of its limit" : "of nominal life";
    rows.push([name, known(share) ? `${(100 * share).toFixed(1)} % ${of}` : "unknown"]);
  }
  if (told.tool) rows.push(["tool", told.tool], ["wear land", number(told.vb_mm, 3, "mm")]);
  if (spec.nodes.length) rows.push(["axes", position(told)]);
  return rows;
}

/** Say which piece is in a machine, and how many more: a batch, or finished ones. */
export function pieceText(told) {
  const all = (told.pieces ?? 0) + (told.finished ?? 0);
  if (all < 2) return [told.job, told.job && told.finished ? "(finished)" : ""].filter(Boolean).join(" ");
  const counted = told.finished ? `${all} pieces, ${told.finished} finished` : `${all} pieces`;
  return told.job ? `${told.job} (${counted})` : counted;
}

export function position(told) {
  const axes = { ...told.position_mm, ...told.position_deg };
  if (told.drawn_at === null) return "no path simulated";
  return Object.entries(axes)
    .map(([axis, at]) => `${axis} ${number(at, 1, told.position_mm?.[axis] === undefined ? "°" : "mm")}`)
    .join("  ");
}

/** Return [name, share of life used] of the spindle, its bearings and the tool in it.
 * A spindle is as worn as its most worn bearing; a tool by its wear land over the limit. */
export function wear(spec, told) {
  const found = [];
  if (!told || told.state === null) return found;
  const bearings = spec.bearings.map((name) => told.bearing_damage[name] ?? null);
  if (bearings.length) {
    const worst = bearings.filter(known);
    found.push(["spindle", worst.length ? Math.max(...worst) : null]);
    spec.bearings.forEach((name, i) => found.push([`${name} bearing`, bearings[i]]));
  }
  if (told.tool) {
    const limit = spec.wear_limit_mm[told.tool.split("#")[0]];
    if (limit) found.push(["tool wear", known(told.vb_mm) ? told.vb_mm / limit : null]);
  }
  return found;
}

/** Say an event: when, where, what, and its detail, once and with its unit. */
export function eventText(event, say) {
  const part = event.part && event.part.includes("/") ? event.part.split("/").pop() : event.part;
  const where = part && part !== "machine" ? `, ${part}` : "";
  const detail = detailOf(event, part);
  const whose = event.machine ? `${event.machine}: ` : "";
  return `${say(event.t)}  ${whose}${event.kind}${where}${detail ? ` (${detail})` : ""}`;
}

function detailOf({ kind, detail }, part) {
  if (!detail || detail === part || detail === kind) return "";
  const value = Number(detail);
  if (Number.isNaN(value)) return detail;
  if (kind.endsWith("override")) return `${value} %`;
  if (kind === "inspected") return `level ${detail}`;
  return kind === "maintenance" || kind === "breakdown" ? `for ${lasting(value)}` : detail;
}

const BAD = new Set(["failure", "trip", "breakage", "overload", "breakdown"]);
const ROUTINE = new Set(["tool change", "worn"]);
const AGAIN = new Set(["repaired", "reset", "maintained"]);

/** Return what sort of event it is: bad, again (it works once more), routine, or planned. */
export function sortOf(kind) {
  return BAD.has(kind) ? "bad" : AGAIN.has(kind) ? "again" : ROUTINE.has(kind) ? "routine" : "planned";
}
