// What the viewer did, what the film made of it, and when the first changed frame was on the screen.

import { hopTimes } from './hops.js';
import { momentFrom } from './rtp.js';

const LIMIT = 100;
const ANSWERED = new Set(['APPLIED', 'MERGED']);

export class Ledger {
  #entries = new Map();

  /** Newest first. */
  get entries() {
    return [...this.#entries.values()].reverse();
  }

  find(eventId) {
    return this.#entries.get(eventId) ?? null;
  }

  /** The viewer acted. atMs: on the page's monotonic clock. */
  acted(eventId, kind, label, atMs) {
    return this.#put({ ...blank(eventId), kind, label, actedAtMs: atMs });
  }

  /** The event is safe with the film. Null for an event this page did not send. */
  acknowledged(eventId, atMs) {
    const entry = this.find(eventId);
    if (!entry || entry.ackAfterS !== null) return entry;
    return this.#put({ ...entry, ackAfterS: (atMs - entry.actedAtMs) / 1000 });
  }

  /** A receipt came; a later one for the same event replaces what the earlier one said. */
  received(receipt) {
    const entry = this.find(receipt.eventId) ?? blank(receipt.eventId);
    const firstRtp = momentFrom(receipt.firstRtpTimestamp);
    const visible = ANSWERED.has(receipt.outcome) && receipt.depth !== 'NONE' && firstRtp !== null;
    return this.#put({
      ...entry,
      outcome: receipt.outcome ?? null,
      depth: receipt.depth ?? null,
      changed: receipt.changed ?? [],
      why: receipt.why ?? '',
      explanation: receipt.explanation ?? '',
      hops: hopTimes(receipt.hops),
      firstFrameIndex: receipt.firstFrameIndex === undefined ? null : Number(receipt.firstFrameIndex),
      firstRtp: visible ? firstRtp : null,
      awaiting: visible && entry.shownAfterS === null,
    });
  }

  /** Entries whose first changed frame `clock` has now seen shown; each is told once. */
  settle(clock) {
    const settled = [];
    for (const entry of this.#entries.values()) {
      if (!entry.awaiting) continue;
      const frame = clock.firstShownFrom(entry.firstRtp);
      if (!frame) continue;
      const shownAfterS = entry.actedAtMs === null ? null : (frame.shownAtMs - entry.actedAtMs) / 1000;
      const measured = { ...entry, awaiting: false, shownAfterS, shownRtp: frame.rtp };
      this.#entries.set(entry.eventId, measured);
      settled.push(measured);
    }
    return settled;
  }

  /** Timestamps of a lost connection can no longer be matched. */
  forgetPending() {
    for (const entry of this.#entries.values()) {
      if (entry.awaiting) this.#entries.set(entry.eventId, { ...entry, awaiting: false });
    }
  }

  clear() {
    this.#entries.clear();
  }

  #put(entry) {
    this.#entries.set(entry.eventId, entry);
    if (this.#entries.size > LIMIT) this.#entries.delete(this.#entries.keys().next().value);
    return entry;
  }
}

function blank(eventId) {
  return {
    eventId,
    kind: 'elsewhere',
    label: 'From elsewhere',
    actedAtMs: null,
    ackAfterS: null,
    outcome: null,
    depth: null,
    changed: [],
    why: '',
    explanation: '',
    hops: {},
    firstFrameIndex: null,
    firstRtp: null,
    awaiting: false,
    shownAfterS: null,
    shownRtp: null,
  };
}

/** The middle of `values`, or null when there are none. */
export function median(values) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
