// The 90 kHz clock of RTP video (RFC 3550): 32 bits that wrap after 13 hours, so moments compare by difference.

export const TICKS_PER_SECOND = 90_000;

/** Ticks from `earlier` to `later`, negative when it is the other way round; right across one wrap. */
export function ticksBetween(earlier, later) {
  return (later - earlier) | 0;
}

/** Whether the clock `now` has come to `moment`. */
export function hasReached(now, moment) {
  return ticksBetween(moment, now) >= 0;
}

/** The moment `seconds` after `moment`. */
export function later(moment, seconds) {
  return (moment + Math.round(seconds * TICKS_PER_SECOND)) >>> 0;
}

/** A moment as it comes in a message (a number, or int64 as a string), or null when there is none. */
export function momentFrom(value) {
  if (value === null || value === undefined || value === '') return null;
  const moment = Number(value);
  return Number.isInteger(moment) && moment >= 0 && moment <= 0xffffffff ? moment : null;
}
