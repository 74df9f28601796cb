// The screen the film is on: curtain, captions, connection, finale, and when the controls step back.

import { byId, svg } from './element.js';
import { posterArt } from './poster_art.js';

const IDLE_AFTER_MS = 3000;
const SOUND_HINT_MS = 1200;

export class Stage {
  #stage = byId('stage');
  #video = byId('film');
  #idleTimer = null;
  #captionsOn = true;
  #cue = null;
  #glanceTimer = null;
  #connectionTimer = null;

  constructor() {
    for (const type of ['pointermove', 'pointerdown', 'keydown', 'focusin']) {
      this.#stage.addEventListener(type, () => this.wake(), { passive: true });
    }
    this.#stage.addEventListener('pointerleave', () => this.wake());
    this.#stage.querySelector('.console').addEventListener('click', (event) => {
      // A button that was clicked keeps no focus, or the keys would press it again and the controls would stay.
      if (event.detail > 0) event.target.closest('button')?.blur();
    });
    for (const type of ['pause', 'play', 'volumechange']) this.#video.addEventListener(type, () => this.wake());
  }

  get visible() {
    return !this.#stage.hidden;
  }

  /** Raises the house lights on the wall, or lowers them on the film. */
  static screen(name) {
    document.body.dataset.screen = name;
    byId('wall').hidden = name !== 'wall';
    byId('stage').hidden = name !== 'stage';
    document.querySelector('.skip-link').hidden = name !== 'wall';
    byId(name).focus({ preventScroll: true });
  }

  /** The curtain, before the first frame. */
  open(story) {
    byId('curtain-art').replaceChildren(posterArt(story));
    byId('curtain-title').textContent = story.title;
    byId('curtain').dataset.raised = 'false';
    byId('finale').hidden = true;
    byId('failure').hidden = true;
    cover(false);
    byId('sound').hidden = true;
    this.scene('', '');
    this.caption(null);
    this.wake();
  }

  /** The first frame is there. */
  raiseCurtain() {
    byId('curtain').dataset.raised = 'true';
    setTimeout(() => this.sound(), SOUND_HINT_MS / 4);
    this.wake();
  }

  /** The large offer of sound stands as long as the film is silent by itself. */
  sound() {
    byId('sound').hidden = !this.#video.muted || this.#stage.dataset.soundChosen === 'true' || this.#stage.hidden;
  }

  soundChosen(chosen) {
    this.#stage.dataset.soundChosen = String(chosen);
    this.sound();
  }

  scene(title, place) {
    byId('scene-title').textContent = title;
    byId('scene-place').textContent = place;
  }

  captionsOn(on) {
    this.#captionsOn = on;
    this.caption(this.#cue);
  }

  caption(cue) {
    this.#cue = cue;
    const box = byId('caption');
    box.hidden = !cue || !this.#captionsOn;
    if (!cue) return;
    box.dataset.sound = String(cue.sound);
    box.querySelector('b').textContent = cue.sound ? '' : cue.speaker;
    box.querySelector('span').textContent = cue.sound ? `[${cue.text}]` : cue.text;
  }

  /** text: what is wrong with the connection, null when nothing is. */
  connection(text, { retry = false, afterMs = 0 } = {}) {
    clearTimeout(this.#connectionTimer);
    const show = () => {
      byId('connection').hidden = text === null;
      byId('connection-text').textContent = text ?? '';
      byId('retry-now').hidden = !retry;
    };
    if (afterMs && text !== null) this.#connectionTimer = setTimeout(show, afterMs);
    else show();
  }

  dim(on) {
    this.#stage.dataset.dim = String(on);
  }

  /** Keeps the picture of now, to stand in while the connection is made anew (a closed one shows black). */
  keepStill() {
    const still = byId('still');
    still.getContext('2d', { alpha: false }).drawImage(this.#video, 0, 0, still.width, still.height);
  }

  /** A word in the middle of the picture, for a moment: what a key has just done. */
  glance(text) {
    const glance = byId('glance');
    glance.textContent = text;
    glance.dataset.on = 'true';
    clearTimeout(this.#glanceTimer);
    this.#glanceTimer = setTimeout(() => (glance.dataset.on = 'false'), 900);
  }

  /** An emotion drifts up from where it was sent. */
  burst(name, origin) {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches || this.#stage.dataset.calm === 'true') return;
    const bursts = byId('bursts');
    const area = bursts.getBoundingClientRect();
    const from = origin.getBoundingClientRect();
    const symbol = svg('svg', {}, svg('use', { href: `/icons.svg#emoji-${name}` }));
    symbol.style.left = `${from.left + from.width / 2 - area.left}px`;
    symbol.style.top = `${Math.min(from.top - area.top, area.height - 40)}px`;
    bursts.append(symbol);
    symbol.addEventListener('animationend', () => symbol.remove());
  }

  finale(story, endingTitle, factsText) {
    byId('finale-art').replaceChildren(posterArt(story));
    byId('finale-title').textContent = endingTitle || story.title;
    byId('finale-story').textContent = endingTitle ? story.title : '';
    byId('finale-facts').textContent = factsText;
    byId('finale').hidden = false;
    cover(true);
    byId('sound').hidden = true;
    this.connection(null);
    byId('again').focus();
  }

  failure(kicker, title, text) {
    byId('failure-kicker').textContent = kicker;
    byId('failure-title').textContent = title;
    byId('failure-text').textContent = text;
    byId('failure').hidden = false;
    cover(true);
    byId('sound').hidden = true;
    this.connection(null);
    byId('failure-again').focus();
  }

  /** Shows the controls, and lets them step back 3 s later unless something keeps them. */
  wake() {
    this.#stage.dataset.idle = 'false';
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.#idle(), IDLE_AFTER_MS);
  }

  #idle() {
    const kept = this.#video.paused || this.#stage.querySelector('.panel:not([hidden]), .console :focus-visible, .top-bar :focus-visible');
    if (kept) this.#idleTimer = setTimeout(() => this.#idle(), IDLE_AFTER_MS);
    else this.#stage.dataset.idle = 'true';
  }
}

/** What lies under a full card cannot be reached. */
function cover(on) {
  for (const part of document.querySelectorAll('.picture, .top-bar, .console')) part.inert = on;
}

/** A dialog opens over everything and gives the focus back when it closes. */
export function openDialog(id) {
  const dialog = byId(id);
  if (!dialog.open) dialog.showModal();
}

export function closeOnBackdrop(dialog) {
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
}
