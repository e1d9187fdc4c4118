// Lays labels out: glyphs never lie over each other, and names go by importance, not by depth.

const SIZE = 18; // of a glyph, and the height of a name [px]
const URGENT = new Set(["down", "waiting for crew", "thermal hold"]);
const STEPS = [[0, 0], [0, -1], [1, 0], [-1, 0], [0, 1], [1, -1], [-1, -1], [1, 1], [-1, 1], [0, -2], [0, 2], [2, 0], [-2, 0]];

const rows = (x, y, wide, n) =>
  [x, x + SIZE - wide, x + (SIZE - wide) / 2].map((left) => [left, y + n * (SIZE + 1)]);

/** Return how important a label is; 0 is most. A queue without pieces comes last. */
export function rank(one, longest, selected) {
  if (one.kind === "machine" && one.id === selected) return 0;
  if (one.differs === 2) return 1;
  if (one.kind === "queue" && one.waiting > 0 && one.waiting === longest) return 2;
  if (one.kind === "machine" && URGENT.has(one.told.state)) return 3;
  if (one.kind === "queue" && !one.waiting && !one.coming && !one.store) return 9;
  if (one.differs) return 4;
  if (one.kind === "machine" && one.told.state === "blocked") return 5;
  return one.kind === "queue" ? 6 : 7;
}

/**
 * Give each label its place: at, of its glyph or its text, and name, of the text of a machine;
 * null where there is no room. found: kind, id, x, y, depth, inside, wide, and what rank needs.
 */
export function lay(found, { width, height, top, selected }) {
  const longest = Math.max(0, ...found.map((one) => (one.kind === "queue" ? one.waiting : 0)));
  const ranked = found
    .map((one) => ({ ...one, at: null, name: null, rank: rank(one, longest, selected) }))
    .sort((a, b) => a.rank - b.rank || (b.waiting ?? 0) - (a.waiting ?? 0) || a.depth - b.depth);
  const taken = [];
  const free = ([x, y], wide) =>
    x >= 0 && y >= top && x + wide <= width && y + SIZE <= height &&
    !taken.some(([l, t, w]) => x < l + w && x + wide > l && y < t + SIZE && y + SIZE > t);
  const take = (places, wide) => {
    const place = places.find((one) => free(one, wide)) ?? null;
    if (place) taken.push([...place, wide]);
    return place;
  };
  const within = (x, y, wide) => [
    Math.max(0, Math.min(width - wide, x)),
    Math.max(top, Math.min(height - SIZE, y)),
  ];
  for (const one of ranked) {
    if (one.kind !== "machine" || !one.inside) continue;
    const first = within(one.x - SIZE / 2, one.y - SIZE / 2, SIZE);
    const near = STEPS.map(([dx, dy]) => [first[0] + dx * (SIZE + 2), first[1] + dy * (SIZE + 2)]);
    // Where even that is full, colours and letters of the front stand over those behind.
    one.at = take(near, SIZE) ?? first;
  }
  let crowded = false;
  for (const one of ranked) {
    if (!one.inside || (crowded && one.rank === 9)) continue;
    const { wide } = one;
    if (one.kind === "machine") {
      const [x, y] = one.at;
      const near = [[x + SIZE + 1, y], [x - wide - 1, y], ...[-1, 1].flatMap((n) => rows(x, y, wide, n))];
      // What matters most may stand further off, where else it had no name at all.
      const far = one.rank < 4 ? [-2, 2, -3, 3, -4, 4].flatMap((n) => rows(x, y, wide, n)) : [];
      one.name = take([...near, ...far], wide);
      crowded ||= one.name === null;
    } else {
      const [x, y] = within(one.x - wide / 2, one.y - SIZE / 2, wide);
      const below = [0, 1, -1, 2, -2].map((n) => [x, y + n * (SIZE + 1)]);
      const aside = [1, -1].map((n) => within(x + (n * wide) / 2, y, wide));
      one.at = take(one.rank === 9 ? below.slice(0, 1) : [...below, ...aside], wide);
      one.name = one.at;
      crowded ||= one.at === null;
    }
  }
  return ranked;
}
