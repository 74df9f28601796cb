// Four dials from -1 to +1; what is sent is where a dial comes to rest.

import { DIALS } from '../domain/preference.js';
import { byId, element } from './element.js';

const REST_MS = 250;
const WORDS = {
  tension: ['Tension', 'At ease', 'On edge'],
  pace: ['Pace', 'Lingering', 'Racing'],
  humour: ['Humour', 'Earnest', 'Playful'],
  science: ['Science', 'Wonder', 'Rigour'],
};

export class Dials {
  #film;
  #timers = new Map();

  constructor(film) {
    this.#film = film;
    byId('dials').replaceChildren(...DIALS.map((name) => this.#dial(name)));
    byId('dials-reset').addEventListener('click', () => this.#asWritten());
  }

  /** Back to the middle without telling the film: for a new film. */
  clear() {
    for (const input of this.#inputs()) this.#show(input, 0);
  }

  #dial(name) {
    const [title, low, high] = WORDS[name];
    const input = element('input', { id: `dial-${name}`, type: 'range', min: -100, max: 100, step: 5, value: 0, 'data-testid': `dial-${name}`, 'data-name': name });
    input.addEventListener('input', () => this.#moved(input));
    const dial = element(
      'div',
      { class: 'dial' },
      element('label', { for: `dial-${name}` }, title),
      element('output', { for: `dial-${name}` }, 'as written'),
      input,
      element('span', { class: 'dial-low', 'aria-hidden': 'true' }, low),
      element('span', { class: 'dial-high', 'aria-hidden': 'true' }, high),
    );
    return dial;
  }

  #moved(input) {
    this.#show(input, Number(input.value));
    clearTimeout(this.#timers.get(input));
    this.#timers.set(input, setTimeout(() => this.#send(input), REST_MS));
  }

  #send(input) {
    this.#film.act({ dial: { name: input.dataset.name, value: Number(input.value) / 100 } });
  }

  #asWritten() {
    for (const input of this.#inputs()) {
      if (Number(input.value) === 0) continue;
      this.#show(input, 0);
      this.#send(input);
    }
  }

  #show(input, value) {
    const [, low, high] = WORDS[input.dataset.name];
    input.value = value;
    const words = value === 0 ? 'as written' : `${value < 0 ? low : high} ${Math.abs(value)}`;
    input.parentElement.querySelector('output').textContent = words;
    input.setAttribute('aria-valuetext', words);
    input.style.setProperty('--from', `${Math.min(50, 50 + value / 2)}%`);
    input.style.setProperty('--to', `${Math.max(50, 50 + value / 2)}%`);
  }

  #inputs() {
    return byId('dials').querySelectorAll('input');
  }
}
