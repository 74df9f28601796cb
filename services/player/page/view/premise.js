// The form in which a viewer types a premise, and the card that says what became of it.

import { EXAMPLES, MOST, faultOf, sized, sorted, verdict } from '../domain/premise.js';
import { byId, element } from './element.js';

const STEPS = ['Reading your premise', 'Finding its people and places', 'Writing scenes and endings', 'Checking that it holds together'];
const STEP_MS = 1800;

/** Events: make {premise}, play {story}. */
export class Premise extends EventTarget {
  #form = byId('premise-form');
  #text = byId('premise-text');
  #status = byId('premise-status');
  #trouble = byId('premise-trouble');
  #card = byId('premise-card');
  #timer = null;
  #story = null;

  constructor() {
    super();
    this.#text.maxLength = MOST;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#text.addEventListener('input', () => this.#say(''));
    this.#text.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.shiftKey) {
        event.preventDefault();
        this.#send();
      }
    });
    byId('premise-examples').replaceChildren(...EXAMPLES.map((example) => this.#example(example)));
    byId('premise-play').addEventListener('click', ({ timeStamp }) => this.#tell('play', { story: this.#story, atMs: timeStamp }));
  }

  #send() {
    if (this.#form.getAttribute('aria-busy') === 'true') return;
    const fault = faultOf(this.#text.value);
    this.#say(fault);
    if (fault) this.#text.focus();
    else this.#tell('make', { premise: this.#text.value.trim() });
  }

  /** While a story is being made the form waits and says what goes on. */
  busy(on) {
    clearInterval(this.#timer);
    this.#form.setAttribute('aria-busy', String(on));
    byId('premise-make').disabled = on;
    this.#status.hidden = !on;
    if (!on) return;
    this.#say('');
    this.#card.hidden = true;
    let step = 0;
    const show = () => {
      this.#status.lastElementChild.textContent = STEPS[Math.min(step, STEPS.length - 1)];
      step += 1;
    };
    show();
    this.#timer = setInterval(show, STEP_MS);
  }

  /** What went wrong, in words; '' takes it back. */
  refuse(text) {
    this.#say(text);
    this.#text.focus();
  }

  /** Shows what was made. */
  show(story) {
    this.#story = story;
    byId('premise-title').textContent = story.title;
    byId('premise-logline').textContent = story.logline;
    byId('premise-size').textContent = sized(story);
    byId('premise-verdict').textContent = verdict(story.parts);
    byId('premise-parts').replaceChildren(...partRows(story.parts));
    byId('premise-cast').replaceChildren(...story.cast.map(({ name, role }) => element('li', {}, element('b', {}, name), ` ${role}`)));
    byId('premise-places').replaceChildren(...story.places.map((place) => element('li', {}, place)));
    byId('premise-canon').replaceChildren(...(story.canon ?? []).map((sentence) => element('li', {}, sentence)));
    this.#card.hidden = false;
    byId('premise-play').focus({ preventScroll: true });
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#card.scrollIntoView({ block: 'nearest', behavior: calm ? 'auto' : 'smooth' });
  }

  #example(text) {
    const button = element('button', { type: 'button', class: 'chip' }, text);
    button.addEventListener('click', () => {
      this.#text.value = text;
      this.#say('');
      this.#text.focus();
    });
    return element('li', {}, button);
  }

  #say(text) {
    this.#trouble.textContent = text;
    this.#text.setAttribute('aria-invalid', String(text !== ''));
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function partRows(parts) {
  const { used, told, unused } = sorted(parts);
  return [
    ...unused.map((part) => partRow(part, 'Not used')),
    ...told.map((part) => partRow(part, 'In another way')),
    ...used.map((part) => partRow(part, 'Used')),
  ];
}

function partRow({ text, use, note }, label) {
  return element(
    'li',
    { 'data-use': use },
    element('span', { class: 'part-use' }, label),
    element('q', {}, text),
    element('span', { class: 'part-note' }, note),
  );
}
