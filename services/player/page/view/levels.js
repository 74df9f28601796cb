// Voices and music as the viewer wants them: a switch, two sliders, and the night.

import { byId } from './element.js';

const STEPS_DB = 12;
const PARTS = { dialogue: 'voices', bed: 'music and effects' };

export class Levels {
  #film;
  #stage;
  #memory;

  constructor(film, stage, memory) {
    this.#film = film;
    this.#stage = stage;
    this.#memory = memory;
    byId('two-tracks').addEventListener('change', ({ target }) => {
      this.#keep({ twoTracks: target.checked });
      if (target.checked) byId('night').scrollIntoView({ block: 'nearest' });
    });
    byId('night').addEventListener('change', ({ target }) => this.#keep({ twoTracks: true, night: target.checked }));
    for (const part of Object.keys(PARTS)) {
      byId(`level-${part}`).addEventListener('input', ({ target }) => this.#keep({ twoTracks: true, [part]: Number(target.value) }));
    }
    this.#show();
  }

  toggleNight() {
    const { night, twoTracks } = this.#memory.settings;
    this.#keep({ twoTracks: true, night: !(night && twoTracks) });
    this.#stage.glance(this.#memory.settings.night ? 'Night: nothing loud' : 'Night off');
  }

  #keep(settings) {
    this.#memory.keep(settings);
    this.#show();
  }

  #show() {
    const { twoTracks, night, ...parts } = this.#memory.settings;
    byId('two-tracks').checked = twoTracks;
    byId('night').checked = twoTracks && night;
    for (const [part, called] of Object.entries(PARTS)) {
      const level = twoTracks ? parts[part] : 0;
      const words = worded(level);
      const input = byId(`level-${part}`);
      input.value = level;
      input.setAttribute('aria-valuetext', `${called} ${words}`);
      input.style.setProperty('--from', `${Math.min(50, 50 + (50 * level) / STEPS_DB)}%`);
      input.style.setProperty('--to', `${Math.max(50, 50 + (50 * level) / STEPS_DB)}%`);
      input.parentElement.querySelector('output').textContent = words;
    }
    this.#film.level(twoTracks ? { dialogue: gain(parts.dialogue), bed: gain(parts.bed), night } : null);
  }
}

function worded(level) {
  if (level === 0) return 'as mixed';
  return level <= -STEPS_DB ? 'off' : `${Math.abs(level)} dB ${level > 0 ? 'up' : 'down'}`;
}

function gain(levelDb) {
  return levelDb <= -STEPS_DB ? 0 : 10 ** (levelDb / 20);
}
