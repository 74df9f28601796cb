// Carries events to the film at least once: by data channel, by HTTP when that is late, again after a reconnect.

const LIMIT = 64;
const CHANNEL_PATIENCE_MS = 2000;

export class Outbox {
  #unsafe = new Map();
  #channel = null;
  #post;
  #timers;
  dropped = 0;

  /**
   * post: async (event) -> void, rejects with `retryable` false when the event itself is refused.
   * timers: {set(callback, ms), clear(id)}.
   */
  constructor({ post, timers, onSafe = () => {}, onRefused = () => {} }) {
    this.#post = post;
    this.#timers = timers;
    this.onSafe = onSafe;
    this.onRefused = onRefused;
  }

  get waiting() {
    return this.#unsafe.size;
  }

  /** Sends `event`, or keeps it until it can be; the oldest is dropped and counted beyond 64. */
  send(event) {
    const entry = { event, timer: null };
    this.#unsafe.set(event.eventId, entry);
    if (this.#unsafe.size > LIMIT) this.#drop();
    if (!this.#offer(event)) entry.timer = this.#timers.set(() => this.#byHttp(entry), CHANNEL_PATIENCE_MS);
  }

  /** Sends a question that needs no record; false when there is no channel. */
  ask(message) {
    return this.#offer(message);
  }

  /** channel: {send(text)}, open now. Everything the film has not acknowledged goes over it again. */
  open(channel) {
    this.#channel = channel;
    for (const entry of this.#unsafe.values()) {
      if (!this.#offer(entry.event)) return;
      this.#timers.clear(entry.timer);
      entry.timer = null;
    }
  }

  close() {
    this.#channel = null;
  }

  /** The film has acknowledged, or answered. */
  safe(eventId) {
    const entry = this.#unsafe.get(eventId);
    if (!entry) return;
    this.#timers.clear(entry.timer);
    this.#unsafe.delete(eventId);
    this.onSafe(eventId);
  }

  clear() {
    for (const entry of this.#unsafe.values()) this.#timers.clear(entry.timer);
    this.#unsafe.clear();
    this.#channel = null;
  }

  #offer(message) {
    if (!this.#channel) return false;
    try {
      this.#channel.send(JSON.stringify(message));
      return true;
    } catch (error) {
      if (error.name !== 'InvalidStateError' && error.name !== 'OperationError') throw error;
      this.#channel = null;
      return false;
    }
  }

  async #byHttp(entry) {
    entry.timer = null;
    try {
      await this.#post(entry.event);
      this.safe(entry.event.eventId);
    } catch (error) {
      if (!this.#unsafe.has(entry.event.eventId)) return;
      if (error.retryable === false) {
        this.#unsafe.delete(entry.event.eventId);
        this.onRefused(entry.event.eventId, error);
      } else if (entry.timer === null && !this.#channel) {
        entry.timer = this.#timers.set(() => this.#byHttp(entry), CHANNEL_PATIENCE_MS);
      }
    }
  }

  #drop() {
    const [eventId, entry] = this.#unsafe.entries().next().value;
    this.#timers.clear(entry.timer);
    this.#unsafe.delete(eventId);
    this.dropped += 1;
  }
}
