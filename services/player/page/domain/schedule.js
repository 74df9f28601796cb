// Holds what was announced ahead of time until the film reaches it.

import { hasReached, ticksBetween } from './rtp.js';

const LIMIT = 256;

export class Schedule {
  #waiting = [];
  dropped = 0;

  /** rtp: when `item` is due; null is at once. The oldest goes when more than 256 wait, and is counted. */
  add(rtp, item) {
    this.#waiting.push({ rtp, item });
    if (this.#waiting.length > LIMIT) {
      this.#waiting.shift();
      this.dropped += 1;
    }
  }

  /** Items that are due at `now` (null: the clock is unknown, so everything is), in the film's order. */
  due(now) {
    const isDue = ({ rtp }) => now === null || rtp === null || hasReached(now, rtp);
    const due = this.#waiting.filter(isDue);
    this.#waiting = this.#waiting.filter((entry) => !isDue(entry));
    due.sort((a, b) => (a.rtp === null || b.rtp === null ? 0 : ticksBetween(b.rtp, a.rtp)));
    return due.map(({ item }) => item);
  }

  clear() {
    this.#waiting = [];
  }
}
