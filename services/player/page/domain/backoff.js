// How long to wait before the next attempt: doubling, with jitter so that many viewers do not return at once.

export class Backoff {
  #attempt = 0;

  constructor({ firstMs = 250, mostMs = 8000, random = Math.random } = {}) {
    this.firstMs = firstMs;
    this.mostMs = mostMs;
    this.random = random;
  }

  get attempt() {
    return this.#attempt;
  }

  /** Milliseconds, between half and all of the current step; never less than the server asked for. */
  next(retryAfterS = 0) {
    const step = Math.min(this.mostMs, this.firstMs * 2 ** this.#attempt);
    this.#attempt += 1;
    return Math.max(retryAfterS * 1000, step / 2 + (this.random() * step) / 2);
  }

  reset() {
    this.#attempt = 0;
  }
}
