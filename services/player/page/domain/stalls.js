// Counts the times the picture stood still while it should have moved.

const STALL_MS = 500;

export class StallCounter {
  #lastShownMs = null;
  count = 0;
  totalS = 0;

  frameShown(shownAtMs) {
    if (this.#lastShownMs !== null && shownAtMs - this.#lastShownMs > STALL_MS) {
      this.count += 1;
      this.totalS += (shownAtMs - this.#lastShownMs) / 1000;
    }
    this.#lastShownMs = shownAtMs;
  }

  /** Milliseconds since the last frame, or null when the picture is not expected to move. */
  stillForMs(nowMs) {
    return this.#lastShownMs === null ? null : nowMs - this.#lastShownMs;
  }

  /** The viewer paused, hid the page, or is being reconnected: what follows is not a stall. */
  interrupt() {
    this.#lastShownMs = null;
  }
}
