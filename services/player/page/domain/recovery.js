// When a connection that gives trouble is repaired by an ICE restart, and when it is given up for a new one.

const RESTART_AFTER_DISCONNECTED_MS = 500;
const RESTART_AFTER_STILL_MS = 2_000;
const RESUME_AFTER_RESTART_MS = 3_000;
const RESUME_AFTER_DISCONNECTED_MS = 1_500;
const RESUME_AFTER_STILL_MS = 4_000;
const FIRST_FRAME_TIMEOUT_MS = 10_000;

export class Recovery {
  #begunMs = 0;
  #live = false;
  #disconnectedMs = null;
  #networkChanged = false;
  #restartedMs = null;
  #refused = false;

  /** A connection is being made. All times are on one monotonic clock. */
  begin(nowMs) {
    this.#begunMs = nowMs;
    this.#live = false;
    this.#disconnectedMs = null;
    this.#networkChanged = false;
    this.#settle();
  }

  connected() {
    this.#disconnectedMs = null;
  }

  disconnected(nowMs) {
    this.#disconnectedMs ??= nowMs;
  }

  /** The browser is on another network, or back on one: the way that is used may be gone without a word. */
  networkChanged() {
    this.#networkChanged = this.#live;
  }

  /** A frame was shown, or none is expected and the connection is there. */
  moving() {
    this.#live = true;
    if (this.#disconnectedMs === null) this.#settle();
  }

  /** The other side could not restart. */
  refused() {
    this.#refused = true;
  }

  /** 'restart', 'resume' (a new connection) or null. stillForMs: since the last frame, null when none is expected. */
  due(nowMs, stillForMs) {
    if (!this.#live) return nowMs - this.#begunMs > FIRST_FRAME_TIMEOUT_MS ? 'resume' : null;
    const awayForMs = this.#disconnectedMs === null ? 0 : nowMs - this.#disconnectedMs;
    if (this.#restartedMs !== null) return this.#afterRestart(nowMs, stillForMs ?? 0, awayForMs);
    const troubled = awayForMs > RESTART_AFTER_DISCONNECTED_MS || stillForMs > RESTART_AFTER_STILL_MS;
    if (!this.#networkChanged && !troubled) return null;
    this.#networkChanged = false;
    this.#restartedMs = nowMs;
    return 'restart';
  }

  #afterRestart(nowMs, stillForMs, awayForMs) {
    // A restart that was refused makes nobody more hasty than one without restarts would be.
    if (this.#refused && (awayForMs > RESUME_AFTER_DISCONNECTED_MS || stillForMs > RESUME_AFTER_STILL_MS)) return 'resume';
    if (nowMs - this.#restartedMs < RESUME_AFTER_RESTART_MS) return null;
    if (awayForMs > 0 || stillForMs > RESTART_AFTER_STILL_MS) return 'resume';
    this.#settle();
    return null;
  }

  #settle() {
    this.#restartedMs = null;
    this.#refused = false;
  }
}
