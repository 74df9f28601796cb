// What the browser keeps: the session of this tab, the film to return to, and the viewer's settings.

const TAB = 'cineloom.session';
const LAST = 'cineloom.last';
const VIEWER = 'cineloom.viewer';
const SETTINGS = 'cineloom.settings';
const MADE = 'cineloom.made';
const MADE_KEPT = 6;

export const DEFAULT_SETTINGS = { calm: false, ageBand: 'general', captions: true, volume: 1, muted: false, shortcuts: true, twoTracks: false, dialogue: 0, bed: 0, night: false, described: false };

export class Memory {
  #tab;
  #lasting;

  /** Either storage may be null, or refuse: then nothing is kept, and everything else works. */
  constructor(tabStorage, lastingStorage) {
    this.#tab = tabStorage;
    this.#lasting = lastingStorage;
  }

  /** The session this tab was in: {sessionId, token, whepUrl, storyId, title, guest?}, or null. */
  get session() {
    return read(this.#tab, TAB);
  }

  /** The film last begun in this browser and not ended, or null. */
  get unfinished() {
    return read(this.#lasting, LAST);
  }

  get viewerId() {
    return read(this.#lasting, VIEWER) ?? undefined;
  }

  get settings() {
    return { ...DEFAULT_SETTINGS, ...read(this.#lasting, SETTINGS) };
  }

  /** Ids of the stories that were made of this viewer's premises, newest first. */
  get made() {
    const ids = read(this.#lasting, MADE);
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
  }

  keepMade(storyId) {
    write(this.#lasting, MADE, [storyId, ...this.made.filter((id) => id !== storyId)].slice(0, MADE_KEPT));
  }

  forgetMade(storyId) {
    write(this.#lasting, MADE, this.made.filter((id) => id !== storyId));
  }

  /** A guest's film is somebody else's: it is neither this viewer's to continue nor theirs to be known by. */
  begin(session) {
    write(this.#tab, TAB, session);
    if (session.guest) return;
    write(this.#lasting, LAST, session);
    if (session.viewerId) write(this.#lasting, VIEWER, session.viewerId);
  }

  /** The viewer left the film; it can be resumed from the wall. */
  leave() {
    remove(this.#tab, TAB);
  }

  /** The film is over, or its session is no more. */
  finish() {
    const guest = this.session?.guest;
    remove(this.#tab, TAB);
    if (!guest) remove(this.#lasting, LAST);
  }

  /** The viewer was erased: neither the film nor who watched it is remembered. */
  forgetViewer() {
    this.finish();
    remove(this.#lasting, VIEWER);
  }

  keep(settings) {
    write(this.#lasting, SETTINGS, { ...this.settings, ...settings });
  }
}

/** The browser's storage of that name, or null where the browser forbids it. */
export function storage(scope, name) {
  try {
    return scope[name];
  } catch {
    return null;
  }
}

function read(store, key) {
  try {
    return JSON.parse(store?.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}

function write(store, key, value) {
  try {
    store?.setItem(key, JSON.stringify(value));
  } catch (error) {
    console.info(`Not kept by this browser: ${key} (${error.name})`);
  }
}

function remove(store, key) {
  try {
    store?.removeItem(key);
  } catch (error) {
    console.info(`Not removed by this browser: ${key} (${error.name})`);
  }
}
