// A question the film asks, with a ring that runs out; without an answer the film goes its own way.

import { byId, element } from './element.js';

const CLOSED_STAYS_MS = 1100;

export class Choice {
  #film;
  #offer = null;
  #leftMs = 0;
  #lastMs = 0;
  #frame = 0;

  constructor(film) {
    this.#film = film;
    film.addEventListener('choiceOffered', ({ detail }) => this.#open(detail));
    film.addEventListener('choiceClosed', ({ detail }) => this.#close(detail.choiceId, detail.optionId));
  }

  clear() {
    cancelAnimationFrame(this.#frame);
    this.#offer = null;
    byId('choice').hidden = true;
  }

  #open(offer) {
    this.clear();
    this.#offer = offer;
    this.#leftMs = offer.countdownS * 1000;
    this.#lastMs = performance.now();
    byId('choice-prompt').textContent = offer.prompt;
    byId('choice-options').replaceChildren(...offer.options.map((option) => this.#option(option)));
    const silent = offer.options.find(({ optionId }) => optionId === offer.defaultOptionId);
    byId('choice-default').textContent = silent ? `If you stay silent: ${silent.label}` : '';
    byId('choice').hidden = false;
    byId('choice').dataset.closed = 'false';
    this.#run();
  }

  #option({ optionId, label }) {
    const button = element('button', { type: 'button', class: 'option', 'data-testid': `option-${optionId}`, 'data-option-id': optionId, 'aria-pressed': 'false' }, label);
    button.addEventListener('click', () => this.#choose(optionId, label));
    return button;
  }

  #choose(optionId, label) {
    if (!this.#offer || byId('choice').dataset.closed === 'true') return;
    this.#film.act({ choice: { choiceId: this.#offer.choiceId, optionId } }, `Chose “${label}”`);
    this.#close(this.#offer.choiceId, optionId);
  }

  #close(choiceId, optionId) {
    const { dataset } = byId('choice');
    if (this.#offer?.choiceId !== choiceId || dataset.closed === 'true') return;
    cancelAnimationFrame(this.#frame);
    dataset.closed = 'true';
    for (const button of byId('choice-options').children) {
      button.setAttribute('aria-pressed', String(button.dataset.optionId === optionId));
      button.disabled = true;
    }
    byId('choice-default').textContent = '';
    const closed = this.#offer;
    setTimeout(() => this.#offer === closed && this.clear(), CLOSED_STAYS_MS);
  }

  #run() {
    const now = performance.now();
    if (!this.#film.paused) this.#leftMs -= now - this.#lastMs;
    this.#lastMs = now;
    const total = this.#offer.countdownS * 1000;
    const share = total > 0 ? Math.max(0, this.#leftMs / total) : 0;
    byId('ring-left').style.strokeDashoffset = String(100 - share * 100);
    byId('ring-text').textContent = total > 0 ? String(Math.max(0, Math.ceil(this.#leftMs / 1000))) : '';
    if (this.#leftMs > 0) this.#frame = requestAnimationFrame(() => this.#run());
    else if (total > 0) this.#close(this.#offer.choiceId, this.#offer.defaultOptionId);
  }
}
