// A question the film asks, with a ring that runs out; without an answer the film goes its own way. Several who watch
// together vote.

import { turnout } from '../domain/together.js';
import { byId, element } from './element.js';

const CLOSED_STAYS_MS = 1100;
const COUNTING_LIMIT_MS = 3000;

export class Choice {
  #film;
  #offer = null;
  #votes = { votes: [], watching: 1 };
  #leftMs = 0;
  #lastMs = 0;
  #frame = 0;

  constructor(film) {
    this.#film = film;
    film.addEventListener('choiceOffered', ({ detail }) => this.#open(detail));
    film.addEventListener('choiceVotes', ({ detail }) => this.#count(detail));
    film.addEventListener('choiceClosed', ({ detail }) => this.#close(detail.choiceId, detail.optionId));
  }

  clear() {
    cancelAnimationFrame(this.#frame);
    this.#offer = null;
    this.#votes = { votes: [], watching: 1 };
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
    byId('choice-votes').textContent = '';
    byId('choice').hidden = false;
    byId('choice').dataset.closed = 'false';
    this.#run();
  }

  #option({ optionId, label }) {
    const button = element('button', { type: 'button', class: 'option', 'data-testid': `option-${optionId}`, 'data-option-id': optionId, 'aria-pressed': 'false' }, label, element('span', { class: 'option-votes' }));
    button.addEventListener('click', () => this.#choose(optionId, label));
    return button;
  }

  #choose(optionId, label) {
    if (!this.#offer || byId('choice').dataset.closed === 'true') return;
    this.#film.act({ choice: { choiceId: this.#offer.choiceId, optionId } }, `Chose “${label}”`);
    if (this.#votes.watching > 1) this.#press(optionId);
    else this.#close(this.#offer.choiceId, optionId);
  }

  /** A vote may be changed as long as the choice is open. */
  #press(optionId) {
    for (const button of byId('choice-options').children) button.setAttribute('aria-pressed', String(button.dataset.optionId === optionId));
    byId('choice-default').textContent = '';
  }

  #count(told) {
    if (this.#offer?.choiceId !== told.choiceId || byId('choice').dataset.closed === 'true') return;
    this.#votes = told;
    byId('choice-votes').textContent = turnout(told);
    for (const button of byId('choice-options').children) {
      const cast = told.votes.find(({ optionId }) => optionId === button.dataset.optionId)?.count ?? 0;
      button.lastElementChild.textContent = told.watching > 1 && cast ? `${cast} ${cast === 1 ? 'vote' : 'votes'}` : '';
    }
  }

  #close(choiceId, optionId) {
    const { dataset } = byId('choice');
    if (this.#offer?.choiceId !== choiceId || dataset.closed === 'true') return;
    cancelAnimationFrame(this.#frame);
    dataset.closed = 'true';
    this.#press(optionId);
    for (const button of byId('choice-options').children) button.disabled = true;
    const closed = this.#offer;
    setTimeout(() => this.#offer === closed && this.clear(), CLOSED_STAYS_MS);
  }

  /** Votes are counted by the film, which closes the choice; one viewer's silence needs no counting. */
  #timeIsUp(offer) {
    if (this.#votes.watching < 2) this.#close(offer.choiceId, offer.defaultOptionId);
    else setTimeout(() => this.#offer === offer && this.clear(), COUNTING_LIMIT_MS);
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
    else if (total > 0) this.#timeIsUp(this.#offer);
  }
}
