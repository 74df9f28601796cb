// Which caption is on the screen: one at a time, a new one ends the one before.

import { hasReached, later, ticksBetween } from './rtp.js';

const LIMIT = 64;
const SECONDS_PER_WORD = 0.4;
const LEAST_SECONDS = 1.6;

export class CaptionTrack {
  #cues = [];

  /** cue: {cueId, speaker, text, sound, start, end}; start and end are moments, or null when the film gave none.
      A cue that is told again without a length was withdrawn. */
  add(cue, now) {
    if (!cue.text) return;
    const start = cue.start ?? now;
    const end = cue.end ?? (start === null ? null : later(start, readingTimeS(cue.text)));
    this.#cues = this.#cues.filter((other) => other.cueId !== cue.cueId);
    if (start !== null && end !== null && hasReached(start, end)) return;
    this.#cues.push({ ...cue, start, end });
    if (this.#cues.length > LIMIT) this.#cues.shift();
  }

  /** The cue to show at `now`, or null. */
  at(now) {
    if (now === null) return this.#cues.at(-1) ?? null;
    const begun = this.#cues.filter((cue) => cue.start === null || hasReached(now, cue.start));
    const newest = begun.reduce((best, cue) => (best && startsLater(best, cue) ? best : cue), null);
    const gone = new Set(begun.filter((cue) => cue !== newest));
    this.#cues = this.#cues.filter((cue) => !gone.has(cue));
    if (!newest || (newest.end !== null && hasReached(now, newest.end))) return null;
    return newest;
  }

  clear() {
    this.#cues = [];
  }
}

function startsLater(a, b) {
  return a.start !== null && b.start !== null && ticksBetween(b.start, a.start) > 0;
}

/** How long a text without an end is left standing. */
export function readingTimeS(text) {
  return Math.max(LEAST_SECONDS, text.split(/\s+/).length * SECONDS_PER_WORD);
}
