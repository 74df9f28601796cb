// Short words about what the film made of an act.

import { byId, element } from './element.js';

const STAYS_MS = 4200;
const MOST = 3;
const PICTURE_PATIENCE_MS = 2500;

export class Toasts {
  #waiting = new Map();

  constructor(film) {
    film.addEventListener('receipt', ({ detail }) => this.#receipt(detail));
    film.addEventListener('shown', ({ detail }) => this.#shown(detail));
    film.addEventListener('refused', ({ detail }) => {
      if (!detail.field.toLowerCase().startsWith('free')) this.say(detail.message, 'trouble');
    });
  }

  say(text, tone = 'plain', aside = '') {
    const toast = element('p', { class: 'toast', 'data-tone': tone, 'data-testid': 'toast' }, element('span', {}, text));
    if (aside) toast.append(element('span', { class: 'toast-aside' }, aside));
    const toasts = byId('toasts');
    toasts.append(toast);
    while (toasts.children.length > MOST) toasts.firstElementChild.remove();
    setTimeout(() => toast.remove(), STAYS_MS);
  }

  #receipt(entry) {
    const text = entry.explanation || entry.why || entry.changed.join(', ');
    switch (entry.outcome) {
      case 'APPLIED':
      case 'MERGED':
        // Volume, pauses and settings that newer ones replaced change nothing that needs words.
        if (entry.depth === 'NONE') break;
        if (entry.awaiting && entry.depth === 'GRADE') this.#waitForPicture(entry, text);
        else this.say(text || 'The film heard you', 'answer', { SHOT: 'from the next cut', STORY: 'in the story' }[entry.depth] ?? '');
        break;
      case 'DEFERRED':
        this.say(text || 'The film keeps that in mind', 'plain', 'a little later');
        break;
      case 'REFUSED':
        if (entry.kind !== 'freeText') this.say(text || 'The film cannot do that', 'trouble');
        break;
      case 'EXPIRED':
        this.say(text || 'The moment had passed', 'plain');
        break;
      default:
        break;
    }
  }

  #waitForPicture(entry, text) {
    const timer = setTimeout(() => {
      this.#waiting.delete(entry.eventId);
      this.say(text || 'The film answers you', 'answer');
    }, PICTURE_PATIENCE_MS);
    this.#waiting.set(entry.eventId, { timer, text });
  }

  #shown(entry) {
    const waiting = this.#waiting.get(entry.eventId);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    this.#waiting.delete(entry.eventId);
    const aside = entry.shownAfterS === null ? '' : `${entry.shownAfterS.toFixed(1)} s`;
    this.say(waiting.text || 'The film answers you', 'answer', aside);
  }
}
