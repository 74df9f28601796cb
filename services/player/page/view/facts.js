// What in a film is fact and what is fiction: the sheet with its sources, and the mark beside a caption.

import { safeUrl } from '../domain/facts.js';
import { byId, element } from './element.js';
import { openDialog } from './stage.js';

export class Facts {
  #sheet = null;
  #stated = null;
  #heard = new Set();

  constructor() {
    for (const id of ['facts-toggle', 'marquee-truth']) byId(id).addEventListener('click', () => this.open());
    byId('caption-fact').addEventListener('click', () => this.open(this.#stated));
  }

  /** sheet: a FactSheet. */
  show(sheet) {
    this.#sheet = sheet;
    this.#heard.clear();
    byId('facts-toggle').hidden = sheet.empty;
    this.caption(null);
  }

  /** Marks a caption that states a fact. */
  caption(cue) {
    this.#stated = (cue && this.#sheet?.factOf(cue.text)) ?? null;
    if (this.#stated) this.#heard.add(this.#stated.id);
    byId('caption-fact').hidden = !this.#stated;
  }

  /** fact: the one to bring into view. */
  open(fact = null) {
    if (!this.#sheet) return;
    byId('facts-list').replaceChildren(...this.#sheet.facts.map((one) => this.#row(one, one === fact)));
    byId('facts-fiction').replaceChildren(...this.#sheet.fiction.map((sentence) => element('li', {}, sentence)));
    openDialog('facts');
    byId('facts-list').querySelector('[data-open]')?.scrollIntoView({ block: 'center' });
  }

  #row(fact, opened) {
    const url = safeUrl(fact.url);
    const source = url
      ? element('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, fact.citation)
      : element('span', {}, fact.citation);
    return element(
      'li',
      { 'data-testid': `fact-${fact.id}`, 'data-open': opened ? '' : null },
      element('p', { class: 'claim' }, fact.claim),
      element('p', { class: 'source' }, source),
      element('p', { class: 'said-in' }, this.#heard.has(fact.id) ? 'You have heard it.' : `In: ${fact.scenes.join(', ')}`),
    );
  }
}
