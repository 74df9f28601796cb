// One viewer's film from play to end: session, connection, clock, events out, timeline in. Draws nothing.

import { Peer } from './adapters/peer.js';
import { watchFrames } from './adapters/shown_frames.js';
import { ApiError } from './adapters/streaming_api.js';
import { TwoTracks } from './adapters/two_tracks.js';
import { Backoff } from './domain/backoff.js';
import { CaptionTrack } from './domain/captions.js';
import { FilmClock } from './domain/film_clock.js';
import { Ledger } from './domain/ledger.js';
import { Outbox } from './domain/outbox.js';
import { isAnswer, kindOf, labelOf, preferenceEvent } from './domain/preference.js';
import { Recovery } from './domain/recovery.js';
import { Schedule } from './domain/schedule.js';
import { StallCounter } from './domain/stalls.js';
import { readTimeline } from './domain/timeline.js';

const TICK_MS = 200;
const SIGNALLING_TIMEOUT_MS = 10_000;
const RESTART_TIMEOUT_MS = 3_000;
const STILL_EVERY_FRAMES = 24;
const REMEMBERED = 200;

/** Events: state, still, shot, caption, choiceOffered, choiceVotes, choiceClosed, receipt, shown, why, hold, ended, refused, paused, ledger. */
export class Film extends EventTarget {
  #api;
  #memory;
  #video;
  #fetch;
  #session = null;
  #spare = null;
  #peer = null;
  #attempt = 0;
  #backoff = new Backoff();
  #retryTimer = null;
  #tickTimer = null;
  #stopFrames = null;
  #playedAtMs = 0;
  #recovery = new Recovery();
  #visibleCue = null;
  #wasPausedAtServer = false;
  #levels = null;
  #tracks = null;
  clock = new FilmClock();
  ledger = new Ledger();
  captions = new CaptionTrack();
  schedule = new Schedule();
  stalls = new StallCounter();
  restarts = 0;
  shots = [];
  shownCaptions = [];
  framesShown = 0;
  lastRtp = null;
  ttffS = null;
  state = 'idle';
  paused = false;
  holding = false;

  constructor({ api, memory, video, fetch }) {
    super();
    this.#api = api;
    this.#memory = memory;
    this.#video = video;
    this.#fetch = fetch;
    video.addEventListener('volumechange', () => this.#tracks && this.#level());
    this.outbox = new Outbox({
      post: (event) => this.#api.postEvent(this.#session, event),
      timers: { set: (callback, ms) => setTimeout(callback, ms), clear: (id) => clearTimeout(id) },
      onSafe: (eventId) => this.#acknowledged(eventId),
      onRefused: (eventId, error) => this.#refusedByHttp(eventId, error),
    });
  }

  get session() {
    return this.#session;
  }

  /** Makes the next connection's offer now, so that play need not wait for it. */
  warm() {
    this.#spare ??= new Peer();
  }

  /** Begins `story` as `wish` has it. Raises ApiError when the service refuses. */
  async play(story, wish, playedAtMs) {
    this.#begin(playedAtMs);
    try {
      const session = await this.#api.createSession({ storyId: story.storyId, viewerId: this.#memory.viewerId, ...wish });
      if (this.state !== 'opening') return;
      this.#enter({ ...session, storyId: story.storyId, title: story.title });
    } catch (error) {
      if (this.state === 'opening') this.#become('idle');
      throw error;
    }
  }

  /** Returns to a session. Raises ApiError; one with sessionGone, or state "ended", cannot be returned to. */
  async resume(session, playedAtMs) {
    this.#begin(playedAtMs);
    try {
      const status = await this.#api.session(session);
      if (status.state === 'ended') throw new ApiError(410, { code: 'ENDED', message: 'That film has ended.' });
      if (this.state !== 'opening') return;
      this.#wasPausedAtServer = status.state === 'paused';
      this.#enter(session);
    } catch (error) {
      this.#become('idle');
      throw error;
    }
  }

  /** The viewer did something. Gives the event's id. */
  act(act, label = labelOf(act)) {
    const event = preferenceEvent(act, crypto.randomUUID(), new Date());
    if (isAnswer(act)) {
      this.ledger.acted(event.eventId, kindOf(act), label, performance.now());
      this.#emit('ledger');
    }
    if (this.#session && this.state !== 'ended' && this.state !== 'failed') this.outbox.send(event);
    return event.eventId;
  }

  /** What the film knows of its viewer; the next four change it. */
  knownOfMe() {
    return this.#api.taste(this.#session);
  }

  correctTaste(name, value) {
    return this.#api.correctTaste(this.#session, name, value);
  }

  forgetTaste(name) {
    return this.#api.forgetTaste(this.#session, name);
  }

  copyOfMe() {
    return this.#api.copyOfViewer(this.#session);
  }

  /** Ends this film. */
  async eraseMe() {
    await this.#api.eraseViewer(this.#session);
    this.#memory.forgetViewer();
  }

  /** Asks why this scene; false when nobody can be asked now. */
  askWhy() {
    return this.outbox.ask({ askWhy: {} });
  }

  /** levels: {dialogue, bed} as gains and night, to have the two tracks apart and level them here; null for the mix. */
  level(levels) {
    const asked = Boolean(levels) !== Boolean(this.#levels);
    this.#levels = levels;
    if (asked) this.outbox.ask({ levelling: { twoTracks: Boolean(levels) } });
    this.#level();
  }

  /** What is heard of the two tracks now, null where the mix is. */
  measureTracks() {
    return this.#tracks?.measure() ?? null;
  }

  #level() {
    const [dialogue] = this.#peer ? this.#peer.sounds : [];
    if (this.#levels && dialogue && this.#peer.bed) {
      this.#peer.stream.removeTrack(dialogue);
      this.#tracks ??= new TwoTracks(dialogue, this.#peer.bed);
      this.#tracks.level({ ...this.#levels, volume: this.#video.muted ? 0 : this.#video.volume });
    } else {
      this.#mix();
    }
  }

  /** The element plays the sound itself again. */
  #mix() {
    this.#tracks?.close();
    this.#tracks = null;
    for (const sound of this.#peer?.sounds ?? []) this.#peer.stream.addTrack(sound);
  }

  pause() {
    if (this.paused || !this.#session) return;
    this.paused = true;
    this.#video.pause();
    this.clock.pause(performance.now());
    this.stalls.interrupt();
    this.act({ pause: {} });
    this.#emit('paused');
  }

  unpause() {
    if (!this.paused) return;
    this.paused = false;
    this.clock.resume(performance.now());
    this.stalls.interrupt();
    this.#start();
    this.act({ resume: {} });
    this.#emit('paused');
  }

  /** The page was hidden or shown: hidden pages show no frames, which is no stall. */
  visibility(hidden) {
    if (!this.#session) return;
    this.stalls.interrupt();
    this.act({ visibility: { hidden } });
  }

  /** What others need to watch this film along: {sessionId, invitation}. Raises ApiError. */
  invite() {
    return this.#api.invite(this.#session);
  }

  /** The browser came to another network, or back to one. */
  networkChanged() {
    if (this.#retryTimer !== null) this.retryNow();
    else if (this.#peer) this.#recovery.networkChanged();
  }

  /** Tries again at once instead of at the end of the wait. */
  retryNow() {
    if (this.#retryTimer === null) return;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    this.#connect();
  }

  /** Lets go of everything. The session itself lives on at the server, to be resumed. */
  stop() {
    clearTimeout(this.#retryTimer);
    clearInterval(this.#tickTimer);
    this.#retryTimer = null;
    this.#stopFrames?.();
    this.#stopFrames = null;
    this.#dropPeer();
    this.outbox.clear();
    this.#video.srcObject = null;
    this.#session = null;
    this.#become('idle');
  }

  #begin(playedAtMs) {
    this.stop();
    this.#playedAtMs = playedAtMs;
    this.#backoff.reset();
    this.#wasPausedAtServer = false;
    this.stalls = new StallCounter();
    this.ledger.clear();
    Object.assign(this, { shots: [], shownCaptions: [], framesShown: 0, restarts: 0, lastRtp: null, ttffS: null, paused: false, holding: false });
    this.warm();
    this.#become('opening');
  }

  #enter(session) {
    this.#session = session;
    this.#memory.begin(session);
    this.#stopFrames = watchFrames(this.#video, (frame) => this.#frameShown(frame));
    this.#tickTimer = setInterval(() => this.#tick(), TICK_MS);
    this.#connect();
  }

  async #connect() {
    const attempt = ++this.#attempt;
    this.#dropPeer();
    this.#become(this.framesShown || this.#backoff.attempt ? 'reconnecting' : 'connecting');
    const peer = (this.#peer = this.#spare ?? new Peer());
    this.#spare = null;
    this.#recovery.begin(performance.now());
    this.#hear(peer);
    try {
      const timeout = AbortSignal.timeout(SIGNALLING_TIMEOUT_MS);
      await peer.connect(this.#fetch, this.#session.whepUrl, this.#session.token, timeout);
    } catch (error) {
      if (attempt === this.#attempt && this.#session) this.#lost(error);
    }
  }

  #hear(peer) {
    const mine = (listener) => (event) => peer === this.#peer && listener(event);
    peer.addEventListener('track', mine(({ detail }) => detail.kind === 'video' && this.#show(peer)));
    for (const type of ['track', 'bed']) peer.addEventListener(type, mine(() => this.#level()));
    peer.addEventListener('state', mine(({ detail }) => this.#peerState(detail)));
    peer.addEventListener('open', mine(() => this.#channelOpen(peer)));
    peer.addEventListener('shut', mine(() => this.outbox.close()));
    peer.addEventListener('message', mine(({ detail }) => readTimeline(detail).forEach((message) => this.#take(message))));
  }

  #show(peer) {
    this.#video.srcObject = peer.stream;
    if (!this.paused) this.#start();
  }

  #start() {
    this.#video.play().catch((error) => {
      if (error.name !== 'NotAllowedError') return;
      if (!this.#video.muted) {
        // this browser plays with sound only what was tapped just now; the page offers the sound then
        this.#video.muted = true;
        this.#start();
      } else this.#emit('refused', { code: 'AUTOPLAY', message: 'Press play to begin.', field: '' });
    });
  }

  #channelOpen(peer) {
    this.outbox.open(peer.events);
    if (this.#levels) this.outbox.ask({ levelling: { twoTracks: true } });
    if (this.#wasPausedAtServer) {
      this.#wasPausedAtServer = false;
      this.act({ resume: {} });
    }
  }

  #peerState(state) {
    if (state === 'connected') {
      this.#recovery.connected();
      if (this.paused || document.hidden) this.#live();
    } else if (state === 'disconnected') {
      this.#recovery.disconnected(performance.now());
    } else if (state === 'failed' || state === 'closed') {
      this.#lost(new ApiError(0));
    }
  }

  #live() {
    this.#recovery.moving();
    this.#backoff.reset();
    this.#become('live');
  }

  #lost(error) {
    this.#dropPeer();
    this.#attempt += 1;
    if (error instanceof ApiError && !error.retryable) {
      if (error.sessionGone) this.#memory.finish();
      this.#fail(error);
      return;
    }
    const waitMs = this.#backoff.next(error.retryAfterS ?? 0);
    this.#become('reconnecting', { waitMs, attempt: this.#backoff.attempt, error });
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = null;
      this.#connect();
    }, waitMs);
  }

  #fail(error) {
    clearInterval(this.#tickTimer);
    this.outbox.clear();
    this.#become('failed', { error });
  }

  #dropPeer() {
    this.outbox.close();
    this.#peer?.close();
    this.#peer = null;
    this.#tracks?.close();
    this.#tracks = null;
    this.clock.reset();
    if (this.paused) this.clock.pause(performance.now());
    this.schedule.clear();
    this.captions.clear();
    this.ledger.forgetPending();
    this.stalls.interrupt();
  }

  #frameShown({ rtp, shownAtMs }) {
    if (!this.#peer) return;
    this.framesShown += 1;
    this.ttffS ??= (shownAtMs - this.#playedAtMs) / 1000;
    if (!this.paused && !document.hidden) this.stalls.frameShown(shownAtMs);
    if (rtp !== null) {
      this.lastRtp = rtp;
      this.clock.frameShown(rtp, shownAtMs);
    }
    if (this.state === 'live') this.#recovery.moving();
    else this.#live();
    if (this.framesShown % STILL_EVERY_FRAMES === 1) this.#emit('still');
    this.#advance();
  }

  #tick() {
    const now = performance.now();
    const still = this.paused || document.hidden ? null : this.stalls.stillForMs(now);
    const due = this.#peer ? this.#recovery.due(now, still) : null;
    if (due === 'restart') this.#restart(still);
    else if (due === 'resume') this.#lost(new ApiError(0));
    this.#advance();
  }

  async #restart(still) {
    const peer = this.#peer;
    this.restarts += 1;
    if (still !== null && still > TICK_MS) this.#become('mending');
    try {
      await peer.restart(AbortSignal.timeout(RESTART_TIMEOUT_MS));
    } catch (error) {
      if (peer !== this.#peer) return;
      console.info(`The connection could not be restarted: ${error.message}`);
      // A node that does not know the connection has been started anew: there is nothing left to wait for.
      if (error.sessionGone && this.state === 'mending') this.#lost(new ApiError(0));
      else this.#recovery.refused();
    }
  }

  #advance() {
    if (!this.#session) return;
    const now = this.clock.now(performance.now());
    for (const shot of this.schedule.due(now)) {
      remember(this.shots, shot);
      this.#emit('shot', shot);
    }
    const cue = this.state === 'ended' ? null : this.captions.at(now);
    if (cue?.cueId !== this.#visibleCue?.cueId || cue?.text !== this.#visibleCue?.text) {
      this.#visibleCue = cue;
      if (cue) remember(this.shownCaptions, cue);
      this.#emit('caption', cue);
    }
    for (const entry of this.ledger.settle(this.clock)) this.#settled(entry);
  }

  #settled(entry) {
    this.#emit('shown', entry);
    if (entry.shownAfterS === null) return;
    const { eventId, shownAfterS, shownRtp: rtpTimestamp } = entry;
    this.outbox.ask({ shown: { eventId, shownAfterS, rtpTimestamp } });
  }

  #take(message) {
    const moment = this.clock.now(performance.now());
    switch (message.kind) {
      case 'hello':
        if (message.rtp !== null) this.clock.anchor(message.rtp, performance.now());
        break;
      case 'ack':
        this.outbox.safe(message.eventId);
        return;
      case 'shotStarted':
        this.schedule.add(message.rtp, message);
        break;
      case 'caption':
        this.captions.add(message, moment);
        break;
      case 'receipt':
        this.outbox.safe(message.receipt.eventId);
        this.#emit('receipt', this.ledger.received(message.receipt));
        break;
      case 'hold':
        this.holding = message.active;
        this.#emit('hold', message);
        break;
      case 'ended':
        this.#ended(message);
        return;
      case 'error':
        this.#emit('refused', message);
        break;
      default:
        this.#emit(message.kind, message);
    }
    this.#advance();
  }

  #ended(message) {
    this.#memory.finish();
    this.#become('ended');
    this.captions.clear();
    this.#advance();
    clearInterval(this.#tickTimer);
    this.#stopFrames?.();
    this.#emit('ended', message);
    this.#dropPeer();
    this.outbox.clear();
  }

  #acknowledged(eventId) {
    this.ledger.acknowledged(eventId, performance.now());
    this.#emit('ledger');
  }

  #refusedByHttp(eventId, error) {
    this.#emit('refused', { eventId, code: error.code, message: error.message, field: error.field });
  }

  #become(state, detail = {}) {
    const changed = state !== this.state || 'waitMs' in detail;
    this.state = state;
    if (changed) this.#emit('state', { state, ...detail });
  }

  #emit(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function remember(list, item) {
  list.push(item);
  if (list.length > REMEMBERED) list.shift();
}
