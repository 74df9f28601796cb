// Emotions and words: the viewer's quickest ways to answer the film.

import { EMOTIONS, FREE_TEXT_LIMIT, labelOf, refusalOfText } from '../domain/preference.js';
import { byId, element, svg } from './element.js';

const COUNT_FROM = FREE_TEXT_LIMIT - 60;

export class Reactions {
  #film;
  #stage;
  #input = byId('say-text');
  #saidEventId = null;

  constructor(film, stage) {
    this.#film = film;
    this.#stage = stage;
    byId('emoji').replaceChildren(...EMOTIONS.map((name, index) => this.#button(name, index + 1)));
    byId('say').addEventListener('submit', (event) => this.#say(event));
    this.#input.addEventListener('input', () => this.#typed());
    film.addEventListener('receipt', ({ detail }) => this.#received(detail));
    film.addEventListener('refused', ({ detail }) => this.#refused(detail));
  }

  /** The emotion at `index` (0..5), as if its button had been pressed. */
  express(index) {
    const button = byId('emoji').children[index];
    if (button) this.#send(EMOTIONS[index], button);
  }

  clear() {
    this.#input.value = '';
    this.#explain('');
    this.#typed();
  }

  #button(name, key) {
    const label = labelOf({ emoji: { name } });
    const button = element(
      'button',
      { type: 'button', class: 'emoji', 'data-testid': `emoji-${name}`, 'aria-label': label, 'aria-keyshortcuts': key, title: `${label}  (${key})` },
      svg('svg', { 'aria-hidden': 'true' }, svg('use', { href: `/icons.svg#emoji-${name}` })),
    );
    button.addEventListener('click', () => this.#send(name, button));
    return button;
  }

  #send(name, button) {
    this.#film.act({ emoji: { name } });
    this.#stage.burst(name, button);
    button.classList.remove('sent');
    void button.offsetWidth;
    button.classList.add('sent');
  }

  #say(event) {
    event.preventDefault();
    const text = this.#input.value.trim();
    const refusal = refusalOfText(text);
    this.#explain(refusal);
    if (refusal) return;
    this.#saidEventId = this.#film.act({ freeText: { text } });
    byId('say').dataset.sending = 'true';
  }

  #typed() {
    const left = FREE_TEXT_LIMIT - [...this.#input.value.trim()].length;
    byId('say-count').textContent = left <= FREE_TEXT_LIMIT - COUNT_FROM ? String(left) : '';
    byId('say-count').dataset.over = String(left < 0);
    byId('say').dataset.filled = String(this.#input.value.trim() !== '');
    if (byId('say-help').textContent) this.#explain('');
  }

  #received(entry) {
    if (entry.eventId !== this.#saidEventId) return;
    this.#saidEventId = null;
    byId('say').dataset.sending = 'false';
    if (entry.outcome === 'REFUSED') this.#explain(entry.explanation || entry.why || 'The film cannot do that.');
    else this.clear();
  }

  #refused({ eventId, field, message }) {
    const mine = eventId ? eventId === this.#saidEventId : field.replace('_', '').toLowerCase().startsWith('freetext');
    if (!mine) return;
    this.#saidEventId = null;
    byId('say').dataset.sending = 'false';
    this.#explain(message);
  }

  #explain(text) {
    byId('say-help').textContent = text;
    this.#input.toggleAttribute('aria-invalid', text !== '');
    if (text) this.#input.setAttribute('aria-invalid', 'true');
  }
}
