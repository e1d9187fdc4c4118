// Tells instants as times of day, and moves the one clock of all that is shown.

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** Return the wall time of second 0 [ms]; NaN where the text is no date and time. */
export function zeroOf(start) {
  return Date.parse(`${start.length <= 16 ? `${start}:00` : start.slice(0, 19)}Z`);
}

/**
 * Return a function that says seconds since the start as "Mon 10:30:00", local to the plant.
 *
 * `changes` are the instants at which its clock is put forward or back, with how far ahead of that
 * of the start it is from then on [s].
 */
export function sayer(start, changes = []) {
  const zero = zeroOf(start);
  return (seconds, short = false) => {
    const whole = Math.floor(seconds + 1e-6);
    const ahead = changes.reduce((found, [at, by]) => (whole >= at ? by : found), 0);
    const moment = new Date(zero + (whole + ahead) * 1000);
    const time = moment.toISOString().slice(11, short ? 16 : 19);
    return short === "time" ? time : `${DAYS[moment.getUTCDay()]} ${time}`;
  };
}

/** The clock: t is all the state there is; everything shown follows from it. */
export class Clock {
  constructor(begin, end, speed, changed) {
    this.begin = begin;
    this.end = end;
    this.speed = speed;
    this.t = begin;
    this.playing = false;
    this.changed = changed;
    this.last = null;
  }

  seek(t) {
    if (!Number.isFinite(Number(t))) throw new Error(`seek: must be a time in seconds (got ${t})`);
    this.t = Math.min(this.end, Math.max(this.begin, Number(t)));
    this.last = null;
    this.changed();
  }

  play() {
    if (this.t >= this.end) return;
    this.playing = true;
    this.last = null;
    this.changed();
  }

  pause() {
    this.playing = false;
    this.changed();
  }

  /** Move on to a wall time [ms]; frames that were dropped make the next step longer. */
  tick(now) {
    if (!this.playing) return;
    if (this.last !== null) {
      const passed = Math.min(1000, Math.max(0, now - this.last)) / 1000;
      this.t = Math.min(this.end, this.t + passed * this.speed);
    }
    this.last = now;
    if (this.t >= this.end) this.playing = false;
  }
}
