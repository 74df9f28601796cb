// "What the film knows of me": likes with what taught them; to correct, forget, take along and erase.

import { byId, element } from './element.js';

const ACTS = { emoji: 'your reaction', dial: 'your dial', free_text: 'your words', skip: 'a skip', rewind: 'a look back', choice: 'your choice', volume: 'the volume', visibility: 'a hidden tab', pause: 'a pause' };
const TEACHERS_SHOWN = 4;

export class Known {
  #film;
  #leave;

  /** leave: called when the viewer has been erased and the film is over. */
  constructor(film, leave) {
    this.#film = film;
    this.#leave = leave;
    byId('known-open').addEventListener('click', () => this.open());
    byId('known-copy').addEventListener('click', () => this.#attempt(() => this.#copy()));
    byId('known-erase').addEventListener('click', () => this.#erase());
  }

  async open() {
    byId('known').showModal();
    byId('known-erase').dataset.sure = 'false';
    byId('known-erase').textContent = 'Erase me';
    this.#say('Asking the film…');
    await this.#attempt(async () => this.#draw(await this.#film.knownOfMe()));
  }

  #draw({ axes }) {
    this.#say(axes.length ? '' : 'Nothing yet. React to the film, and it learns.');
    byId('known-likes').replaceChildren(...axes.map((axis) => this.#row(axis)));
  }

  #row({ name, label, mean, certainty, words, taughtBy }) {
    const dial = element('input', { type: 'range', min: '-100', max: '100', step: '5', value: String(Math.round(mean * 100)), 'aria-label': `How you like ${label}`, 'aria-valuetext': words });
    dial.addEventListener('change', () => this.#attempt(async () => this.#draw(await this.#film.correctTaste(name, Number(dial.value) / 100))));
    const forget = element('button', { type: 'button', class: 'link', 'aria-label': `Forget how I like ${label}` }, 'Forget');
    forget.addEventListener('click', () => this.#attempt(async () => this.#draw(await this.#film.forgetTaste(name))));
    return element(
      'li',
      { 'data-axis': name },
      element('span', { class: 'known-words' }, words),
      forget,
      dial,
      element('span', { class: 'known-taught' }, `${Math.round(certainty * 100)} % sure · ${taught(taughtBy)}`),
    );
  }

  async #copy() {
    const url = URL.createObjectURL(await this.#film.copyOfMe());
    const link = element('a', { href: url, download: 'cineloom-viewer.json' });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    this.#say('A copy of everything was saved.');
  }

  /** Asks once more before it is done: it cannot be undone. */
  async #erase() {
    const button = byId('known-erase');
    if (button.dataset.sure !== 'true') {
      button.dataset.sure = 'true';
      button.textContent = 'Erase me for good';
      this.#say('This ends your film and erases everything known of you. It cannot be undone.');
      return;
    }
    await this.#attempt(async () => {
      await this.#film.eraseMe();
      byId('known').close();
      this.#leave();
    });
  }

  async #attempt(work) {
    try {
      await work();
    } catch (error) {
      this.#say(error.message);
    }
  }

  #say(text) {
    byId('known-status').textContent = text;
  }
}

function taught(taughtBy) {
  const told = taughtBy.slice(-TEACHERS_SHOWN).reverse().map(({ eventId, kind, said }) => {
    if (eventId.startsWith('you@')) return 'you said so';
    if (eventId.startsWith('asked@')) return 'you asked for more of it';
    if (eventId.startsWith('watched:')) return 'a scene watched to its end';
    if (eventId.startsWith('left:')) return 'a scene you left';
    return [ACTS[kind] ?? 'an earlier film', said && `“${said}”`].filter(Boolean).join(' ');
  });
  const more = taughtBy.length - told.length;
  return [[...new Set(told)].join(', '), more > 0 && `and ${more} more`].filter(Boolean).join(' ');
}
