// How states and temperatures look; the palette is the file that Python reads as well.
import palette from "../../report/static/palette.json";

export const ENDED = { color: "#ffffff", glyph: "–", ink: "#1F2A33" };
export const { ink: INK, paper: PAPER, grid: GRID, bad: BAD, neutral: NEUTRAL } = palette;

/** Return colour, glyph and ink of a state; null: outside the run; no name: unknown. */
export function look(state) {
  if (state === null) return ENDED;
  return palette.states[state] ?? palette.unknown;
}

export const STATES = Object.keys(palette.states);

/** Sorts of events: colour, what it is called, and how far from the top its tick begins [px]. */
export const SORTS = {
  bad: [BAD, "failure, trip, breakage", 2],
  planned: [palette.series[0], "planned, or by hand", 4],
  again: [palette.good, "works again", 4],
  routine: [NEUTRAL, "tool worn, changed", 7],
};

/** Gauges: colour, and from which share of life on it is another. */
export const GAUGE = { fine: palette.series[0], worn: BAD, from: 0.9 };

const HEAT = [[254, 232, 200], [253, 187, 132], [227, 74, 51], [127, 0, 0]];

/** Return a colour from pale to dark red, ordered by lightness as well; unknown is grey. */
export function heat(share) {
  if (share === null || Number.isNaN(share)) return palette.unknown.color;
  const place = Math.min(1, Math.max(0, share)) * (HEAT.length - 1);
  const low = Math.min(HEAT.length - 2, Math.floor(place));
  const mix = HEAT[low].map((c, i) => Math.round(c + (HEAT[low + 1][i] - c) * (place - low)));
  return `#${mix.map((c) => c.toString(16).padStart(2, "0")).join("")}`;
}

/** Return the hottest node that is known, or the one that is asked for; null without any. */
export function nodeOf(temperatures, wanted) {
  if (!temperatures) return null;
  if (wanted !== "hottest") return temperatures[wanted] ?? null;
  const known = Object.values(temperatures).filter((value) => value !== null);
  return known.length ? Math.max(...known) : null;
}
