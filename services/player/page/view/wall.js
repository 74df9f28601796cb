// The title wall: what is showing, one story in front, and how it is to be shown.

import { byId, element } from './element.js';
import { posterArt } from './poster_art.js';

/** Events: play {story, wish}, chosen story, resume, reload. */
export class Wall extends EventTarget {
  #stories = [];
  #chosen = null;
  #unfinished = null;
  #form = byId('preferences');
  #notice = byId('wall-notice');

  constructor(settings) {
    super();
    this.#form.elements.ageBand.value = settings.ageBand;
    this.#form.elements.captions.checked = settings.captions;
    this.#form.elements.calm.checked = settings.calm;
    this.#form.elements.described.checked = settings.described;
    this.#form.addEventListener('submit', (event) => event.preventDefault());
    this.#form.addEventListener('change', () => this.#tell('settings', this.wish));
    this.#form.elements.plannedMinutes.addEventListener('input', () => this.#sayLength());
    byId('play').addEventListener('click', (event) => this.#play(event));
    byId('resume').addEventListener('click', () => this.#tell('resume', this.#unfinished));
    this.#notice.querySelector('button').addEventListener('click', () => this.#tell('reload'));
  }

  get wish() {
    const { ageBand, captions, calm, described } = this.#form.elements;
    return { ageBand: ageBand.value, captions: captions.checked, calm: calm.checked, described: described.checked };
  }

  /** {plannedMinutes} where another length than the story's own was set for it. */
  lengthOf(story) {
    const minutes = this.#form.elements.plannedMinutes.valueAsNumber;
    const own = story.storyId !== this.#chosen?.storyId || !hasLengths(story) || minutes === Math.round(story.plannedMinutes);
    return own ? {} : { plannedMinutes: minutes };
  }

  /** {interests}: names of what was asked for before the film. */
  interestsOf(story) {
    if (story.storyId !== this.#chosen?.storyId) return {};
    const asked = [...byId('interests').querySelectorAll('input:checked')].map(({ value }) => value);
    return asked.length ? { interests: asked } : {};
  }

  get chosen() {
    return this.#chosen;
  }

  story(storyId) {
    return this.#stories.find((story) => story.storyId === storyId) ?? null;
  }

  show(stories, unfinished) {
    this.#stories = stories;
    this.#unfinished = unfinished;
    this.#notice.hidden = stories.length > 0;
    if (!stories.length) this.notice('Nothing is showing yet', 'The cinema is open, but no story is ready. Come back in a moment.');
    byId('cards').replaceChildren(...stories.map((story) => this.#card(story)));
    document.querySelector('.shelf').hidden = stories.length < 2;
    document.querySelector('.marquee').hidden = !stories.length;
    if (stories.length) this.choose(this.story(unfinished?.storyId) ?? stories[0]);
  }

  /** Puts a story that was just made first on the shelf, and in front. */
  add(story, { front = true } = {}) {
    this.#stories = [story, ...this.#stories.filter(({ storyId }) => storyId !== story.storyId)];
    byId('cards').replaceChildren(...this.#stories.map((one) => this.#card(one)));
    document.querySelector('.shelf').hidden = this.#stories.length < 2;
    document.querySelector('.marquee').hidden = false;
    this.#notice.hidden = true;
    this.choose(front ? story : this.#chosen ?? story);
  }

  remember(unfinished) {
    this.#unfinished = unfinished;
    if (this.#chosen) this.choose(this.#chosen);
  }

  /** Puts `story` in front. */
  choose(story) {
    const another = story.storyId !== this.#chosen?.storyId;
    this.#chosen = story;
    byId('marquee-title').textContent = story.title;
    byId('marquee-logline').textContent = story.logline ?? '';
    byId('marquee-facts').textContent = facts(story);
    byId('marquee-themes').replaceChildren(...(story.themes ?? []).map((theme) => element('li', {}, worded(theme))));
    byId('marquee-art').replaceChildren(posterArt(story));
    byId('marquee-truth').hidden = !story.factCount;
    if (another) {
      this.#offerLengths(story);
      this.#offerInterests(story);
    }
    this.#tell('chosen', story);
    byId('resume').hidden = this.#unfinished?.storyId !== story.storyId;
    for (const card of byId('cards').querySelectorAll('button')) {
      card.setAttribute('aria-pressed', String(card.dataset.storyId === story.storyId));
    }
  }

  /** While a film is being opened the button waits. text: what it says, null for "Play". */
  busy(text) {
    byId('play').disabled = text !== null;
    byId('play').querySelector('span').textContent = text ?? 'Play';
  }

  notice(title, text, { retry = true } = {}) {
    this.#notice.hidden = false;
    this.#notice.querySelector('h2').textContent = title;
    this.#notice.querySelector('p').textContent = text;
    this.#notice.querySelector('button').hidden = !retry;
  }

  loading() {
    this.#notice.hidden = true;
    const blank = () => element('li', { class: 'card-blank', 'aria-hidden': 'true' });
    byId('cards').replaceChildren(blank(), blank(), blank());
  }

  #card(story) {
    const card = element(
      'button',
      { class: 'card', type: 'button', 'data-testid': `story-${story.storyId}`, 'data-story-id': story.storyId, 'aria-pressed': 'false' },
      element('span', { class: 'card-art', 'aria-hidden': 'true' }, posterArt(story)),
      element(
        'span',
        { class: 'card-text' },
        element('span', { class: 'card-title' }, story.title),
        element('span', { class: 'card-logline' }, story.logline ?? ''),
        element('span', { class: 'card-themes' }, (story.themes ?? []).slice(0, 3).map(worded).join(' · ')),
      ),
    );
    card.addEventListener('click', () => {
      this.choose(story);
      const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
      byId('wall').scrollTo({ top: 0, behavior: calm ? 'auto' : 'smooth' });
    });
    return element('li', {}, card);
  }

  #offerLengths(story) {
    byId('length').hidden = !hasLengths(story);
    if (!hasLengths(story)) return;
    const slider = this.#form.elements.plannedMinutes;
    slider.min = Math.ceil(story.leastMinutes);
    slider.max = Math.floor(story.mostMinutes);
    slider.value = Math.round(story.plannedMinutes);
    this.#sayLength();
  }

  #offerInterests({ interests = [] }) {
    byId('interests').hidden = !interests.length;
    const chips = interests.map(({ name, label }) =>
      element('label', {}, element('input', { type: 'checkbox', value: name, 'data-testid': `interest-${name}` }), element('span', {}, label)),
    );
    byId('interests').replaceChildren(byId('interests').querySelector('legend'), ...chips);
  }

  #sayLength() {
    const { plannedMinutes, lengthWords } = this.#form.elements;
    lengthWords.value = `${plannedMinutes.value} minutes`;
    plannedMinutes.setAttribute('aria-valuetext', lengthWords.value);
  }

  #play(event) {
    this.#tell('play', { story: this.#chosen, wish: this.wish, atMs: event.timeStamp });
  }

  #tell(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** Whether there is more than one whole minute to choose from. */
function hasLengths({ leastMinutes, mostMinutes }) {
  return Math.floor(mostMinutes) > Math.ceil(leastMinutes);
}

function facts({ plannedMinutes, language }) {
  const length = plannedMinutes ? `About ${Math.round(plannedMinutes)} minutes` : '';
  return [length, languageName(language), 'Made as you watch'].filter(Boolean).join('  ·  ');
}

function worded(theme) {
  return theme.replaceAll('_', ' ');
}

function languageName(tag) {
  if (!tag) return '';
  try {
    return new Intl.DisplayNames(['en'], { type: 'language' }).of(tag) ?? tag;
  } catch (error) {
    if (error instanceof RangeError) return tag;
    throw error;
  }
}
