// Says which moment of the film the viewer sees. Knows no video element: frames and times are told to it.

import { hasReached, later, ticksBetween } from './rtp.js';

const REMEMBERED_FRAMES = 480;

export class FilmClock {
  #shown = [];
  #anchor = null;
  #pausedAtMs = null;

  /** True once the browser has named the RTP timestamp of a shown frame. */
  get exact() {
    return this.#shown.length > 0;
  }

  /** A frame was shown. rtp: its timestamp; shownAtMs: when, on the page's monotonic clock. */
  frameShown(rtp, shownAtMs) {
    this.#shown.push({ rtp, shownAtMs });
    if (this.#shown.length > REMEMBERED_FRAMES) this.#shown.shift();
  }

  /** The server says that the film is at `rtp` now: used while the browser does not name timestamps. */
  anchor(rtp, nowMs) {
    this.#anchor = { rtp, atMs: nowMs };
    if (this.#pausedAtMs !== null) this.#pausedAtMs = nowMs;
  }

  pause(nowMs) {
    this.#pausedAtMs ??= nowMs;
  }

  resume(nowMs) {
    if (this.#pausedAtMs === null) return;
    if (this.#anchor) this.#anchor.atMs += nowMs - this.#pausedAtMs;
    this.#pausedAtMs = null;
  }

  /** The moment on the screen: exact, else estimated from the anchor, else null. */
  now(nowMs) {
    if (this.exact) return this.#shown.at(-1).rtp;
    if (!this.#anchor) return null;
    return later(this.#anchor.rtp, ((this.#pausedAtMs ?? nowMs) - this.#anchor.atMs) / 1000);
  }

  /**
   * The first frame shown at or after `rtp`, or null when none was yet, or when it was so long ago that the
   * first one is no longer known.
   */
  firstShownFrom(rtp) {
    const index = this.#shown.findIndex((frame) => hasReached(frame.rtp, rtp));
    if (index < 0) return null;
    const forgotten = index === 0 && this.#shown.length >= REMEMBERED_FRAMES && ticksBetween(rtp, this.#shown[0].rtp) > 0;
    return forgotten ? null : this.#shown[index];
  }

  /** A new connection counts from a new origin. */
  reset() {
    this.#shown = [];
    this.#anchor = null;
    this.#pausedAtMs = null;
  }
}
