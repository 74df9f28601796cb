// The cards beside the film: how it is shaped, why this scene, and what happened for the curious.

import { hopsOf } from '../domain/hops.js';
import { median } from '../domain/ledger.js';
import { byId, element } from './element.js';

const EVENTS_LISTED = 30;
const NARROW = matchMedia('(max-width: 760px)');

const OUTCOMES = { APPLIED: 'applied', MERGED: 'merged', DEFERRED: 'later', REFUSED: 'refused', EXPIRED: 'too late' };
const DEPTHS = { GRADE: 'light and sound', SHOT: 'next cut', STORY: 'story' };

export class Panels {
  #film;
  #pairs = [
    ['shape-toggle', 'shape'],
    ['why', 'why-card'],
    ['curious-toggle', 'curious'],
  ];

  constructor(film) {
    this.#film = film;
    for (const [toggle, panel] of this.#pairs) {
      byId(toggle).addEventListener('click', () => this.toggle(panel));
      byId(panel).querySelector('.close').addEventListener('click', () => this.close(panel));
      byId(panel).addEventListener('keydown', (event) => event.key === 'Escape' && this.close(panel));
    }
    film.addEventListener('why', ({ detail }) => this.#why(detail));
    for (const type of ['ledger', 'receipt', 'shown', 'state', 'hold']) film.addEventListener(type, () => this.#curious());
  }

  toggle(panel) {
    if (byId(panel).hidden) this.open(panel);
    else this.close(panel);
  }

  open(panel) {
    for (const [, other] of this.#pairs) if (other !== panel) this.close(other, false);
    byId(panel).hidden = false;
    byId(this.#toggleOf(panel)).setAttribute('aria-expanded', 'true');
    byId('stage').dataset.panel = panel;
    if (panel === 'why-card') this.#askWhy();
    if (panel === 'curious') this.#curious();
    if (NARROW.matches) byId(panel).querySelector('.close').focus({ preventScroll: true });
  }

  close(panel, giveFocusBack = true) {
    if (byId(panel).hidden) return;
    const held = byId(panel).contains(document.activeElement);
    byId(panel).hidden = true;
    byId(this.#toggleOf(panel)).setAttribute('aria-expanded', 'false');
    delete byId('stage').dataset.panel;
    if (held && giveFocusBack) byId(this.#toggleOf(panel)).focus({ preventScroll: true });
  }

  closeAll() {
    for (const [, panel] of this.#pairs) this.close(panel, false);
  }

  /** A new shot makes the last answer old. */
  sceneChanged() {
    if (!byId('why-card').hidden) this.#askWhy();
  }

  #toggleOf(panel) {
    return this.#pairs.find(([, name]) => name === panel)[0];
  }

  #askWhy() {
    byId('why-terms').replaceChildren();
    byId('why-text').textContent = this.#film.askWhy() ? 'Asking the film…' : 'The film cannot be asked while the connection is being made.';
  }

  #why({ text, terms }) {
    byId('why-text').textContent = text;
    const greatest = Math.max(...terms.map(({ value }) => Math.abs(value)), 1e-9);
    byId('why-terms').replaceChildren(...terms.map((term) => termRow(term, greatest)));
  }

  #curious() {
    if (byId('curious').hidden) return;
    const film = this.#film;
    const measured = film.ledger.entries.map(({ shownAfterS }) => shownAfterS).filter((value) => value !== null);
    const figures = [
      ['First picture', seconds(film.ttffS)],
      ['Your act to the changed picture', measured.length ? `${seconds(median(measured))} median` : '–'],
      ['Stalls', `${film.stalls.count}`],
      ['Ways found anew', `${film.restarts}`],
      ['Connection', film.holding ? 'holding a shot' : film.state],
    ];
    byId('curious-figures').replaceChildren(
      ...figures.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
    );
    const rows = film.ledger.entries.slice(0, EVENTS_LISTED).map(eventRow);
    byId('curious-events').replaceChildren(...(rows.length ? rows : [element('li', { class: 'empty' }, 'Nothing yet. React to the film, and its answers are listed here.')]));
  }
}

function termRow({ name, value }, greatest) {
  const bar = element('span', { class: 'bar', 'data-sign': value < 0 ? 'minus' : 'plus' });
  bar.style.setProperty('--share', String(Math.abs(value) / greatest));
  const words = name.replace(/_/g, ' ');
  return element('div', {}, element('dt', {}, words), element('dd', {}, bar, element('span', { class: 'bar-value' }, value.toFixed(2).replace('-', '−'))));
}

function eventRow(entry) {
  const outcome = entry.outcome ? (OUTCOMES[entry.outcome] ?? entry.outcome.toLowerCase()) : entry.ackAfterS === null ? 'sending' : 'heard';
  const depth = DEPTHS[entry.depth] ?? '';
  const notes = [depth, timing(entry), entry.explanation].filter(Boolean);
  return element(
    'li',
    {},
    element('span', { class: 'event-label' }, entry.label),
    element('span', { class: 'outcome', 'data-outcome': entry.outcome ?? 'WAITING' }, outcome),
    element('span', { class: 'event-notes' }, notes.join('  ·  ')),
    element('dl', { class: 'event-hops', 'data-testid': 'event-hops' }, ...hopsOf(entry).map(hopItem)),
  );
}

function hopItem({ name, words, afterS }) {
  return element('div', { 'data-hop': name }, element('dt', {}, words), element('dd', {}, `${Math.round(afterS * 1000)} ms`));
}

function timing(entry) {
  if (entry.shownAfterS !== null) return `seen after ${seconds(entry.shownAfterS)}`;
  if (entry.awaiting) return 'on its way to the screen';
  if (entry.ackAfterS === null) return '';
  return entry.ackAfterS < 0.05 ? 'heard at once' : `heard after ${seconds(entry.ackAfterS)}`;
}

/** 0.42 -> "0.42 s". */
export function seconds(value) {
  return value === null ? '–' : `${value.toFixed(2)} s`;
}
