// Puts the page together: the only module that knows every other.

import { Memory, storage } from './adapters/memory.js';
import { ApiError, StreamingApi } from './adapters/streaming_api.js';
import { exposeState } from './debug.js';
import { FactSheet } from './domain/facts.js';
import { median } from './domain/ledger.js';
import { EMOTIONS } from './domain/preference.js';
import { invitationIn, invitationLink } from './domain/together.js';
import { Film } from './film.js';
import { Choice } from './view/choice.js';
import { Dials } from './view/dials.js';
import { byId } from './view/element.js';
import { Facts } from './view/facts.js';
import { Invite } from './view/invite.js';
import { bindKeys } from './view/keys.js';
import { Known } from './view/known.js';
import { Levels } from './view/levels.js';
import { Panels, seconds } from './view/panels.js';
import { Premise } from './view/premise.js';
import { Reactions } from './view/reactions.js';
import { Stage, closeOnBackdrop, openDialog } from './view/stage.js';
import { Toasts } from './view/toasts.js';
import { Transport } from './view/transport.js';
import { Wall } from './view/wall.js';

const RECONNECTING_SHOWN_AFTER_MS = 400;

async function start() {
  const memory = new Memory(storage(window, 'sessionStorage'), storage(window, 'localStorage'));
  const stage = new Stage();
  const wall = new Wall(memory.settings);
  Stage.screen('wall');
  const fetching = (...request) => fetch(...request);
  const config = await (await fetch('/config.json')).json();
  const api = new StreamingApi(fetching, config.streaming_url);
  const film = new Film({ api, memory, video: byId('film'), fetch: fetching });
  new Cinema({ memory, stage, wall, api, film }).open();
}

class Cinema {
  #memory;
  #stage;
  #wall;
  #api;
  #film;
  #story = null;
  #sceneId = null;
  #playRetryTimer = null;

  constructor({ memory, stage, wall, api, film }) {
    this.#memory = memory;
    this.#stage = stage;
    this.#wall = wall;
    this.#api = api;
    this.#film = film;
    this.transport = new Transport(film, stage, memory);
    this.reactions = new Reactions(film, stage);
    this.dials = new Dials(film);
    this.levels = new Levels(film, stage, memory);
    this.choice = new Choice(film);
    this.panels = new Panels(film);
    this.toasts = new Toasts(film);
    this.facts = new Facts();
    this.known = new Known(film, () => this.#leave());
    this.premise = new Premise();
    this.invite = new Invite(film, (invitation) => invitationLink(location.href, invitation));
    exposeState(film, memory);
    this.#listenToWall();
    this.#listenToPremise();
    this.#listenToFilm();
    this.#listenToPage();
    this.#bindKeys();
  }

  async open() {
    const session = this.#memory.session;
    const loading = this.#loadWall();
    const invited = this.#takeInvitation();
    if (invited) await this.#join(invited);
    else if (session) await this.#resume(session);
    await loading;
  }

  /** That of the address, null where it has none or it is for the film that is on. */
  #takeInvitation() {
    const invited = invitationIn(location.hash);
    // What opens somebody's film shall not stay where it can be read over a shoulder; a reload finds the session kept.
    if (invited) history.replaceState(null, '', location.pathname);
    return invited?.sessionId === this.#memory.session?.sessionId ? null : invited;
  }

  /** Watch somebody's film along. */
  async #join(invited) {
    try {
      const grant = await this.#api.join(invited);
      const { storyId, title } = await this.#api.session(grant);
      await this.#resume({ ...grant, storyId, title, guest: true });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.toasts.say(error.sessionGone ? 'That invitation is no longer good. Ask for another.' : error.message, 'trouble');
    }
  }

  async #loadWall() {
    this.#wall.loading();
    try {
      this.#wall.show(await this.#api.stories(), this.#memory.unfinished);
      this.#film.warm();
      await this.#bringBackMade();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#wall.show([], null);
      const text = error.status === 0 ? 'The film service does not answer. It may be starting, or your connection may be down.' : error.message;
      this.#wall.notice('The projector is off', text);
    }
  }

  /** Stories of this viewer's premises, which no list holds; the one that was left unfinished comes to the front. */
  async #bringBackMade() {
    for (const storyId of [...this.#memory.made].reverse()) {
      try {
        this.#wall.add(await this.#api.story(storyId), { front: storyId === this.#memory.unfinished?.storyId });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 404) this.#memory.forgetMade(storyId);
      }
    }
  }

  #listenToPremise() {
    this.premise.addEventListener('make', ({ detail }) => this.#make(detail.premise));
    this.premise.addEventListener('play', ({ detail }) => this.#play({ ...detail, wish: this.#wall.wish }));
  }

  async #make(premise) {
    this.premise.busy(true);
    try {
      const story = await this.#api.makeStory({ premise, ageBand: this.#wall.wish.ageBand, viewerId: this.#memory.viewerId });
      this.#memory.keepMade(story.storyId);
      this.#wall.add(story);
      this.premise.busy(false);
      this.premise.show(story);
    } catch (error) {
      this.premise.busy(false);
      if (!(error instanceof ApiError)) throw error;
      this.premise.refuse(error.message);
    }
  }

  /** The sources of the story in front, or of the one that plays. */
  async #loadFacts(story) {
    this.facts.show(new FactSheet(null));
    if (!story.factCount && this.#wall.story(story.storyId)) return;
    try {
      const sheet = new FactSheet(await this.#api.facts(story.storyId));
      if ((this.#stage.visible ? this.#story : this.#wall.chosen)?.storyId === story.storyId) this.facts.show(sheet);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  #listenToWall() {
    this.#wall.addEventListener('chosen', ({ detail }) => this.#loadFacts(detail));
    this.#wall.addEventListener('play', ({ detail }) => this.#play(detail));
    this.#wall.addEventListener('resume', ({ detail }) => this.#resume(detail));
    this.#wall.addEventListener('reload', () => this.#loadWall());
    this.#wall.addEventListener('settings', ({ detail }) => {
      this.#memory.keep(detail);
      this.transport.captions(detail.captions);
      this.transport.calm(detail.calm);
    });
    byId('leave').addEventListener('click', () => this.#leave());
    byId('finale-wall').addEventListener('click', () => this.#leave());
    byId('failure-wall').addEventListener('click', () => this.#leave());
    for (const id of ['again', 'failure-again']) {
      byId(id).addEventListener('click', ({ timeStamp }) => this.#play({ story: this.#story, wish: this.#wall.wish, atMs: timeStamp }));
    }
  }

  async #play({ story, wish, atMs }) {
    clearTimeout(this.#playRetryTimer);
    this.#enter(story);
    try {
      await this.#film.play(story, { ...this.#wall.lengthOf(story), ...this.#wall.interestsOf(story), ...wish }, atMs);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#playRefused(error, { story, wish });
    }
  }

  #playRefused(error, again) {
    if (error.status === 503 || error.status === 429) {
      const waitS = Math.max(1, Math.ceil(error.retryAfterS || 5));
      this.#stage.connection(`Every seat is taken. Trying again in ${waitS} s.`);
      this.#playRetryTimer = setTimeout(() => this.#play({ ...again, atMs: performance.now() }), waitS * 1000);
      return;
    }
    this.#stage.failure('Before it began', 'The film could not be started', error.message);
  }

  async #resume(session) {
    const story = this.#wall.story(session.storyId) ?? { storyId: session.storyId, title: session.title ?? 'Your film' };
    this.#enter(story, session.guest);
    try {
      await this.#film.resume(session, performance.now());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.sessionGone) this.#memory.finish();
      this.#leave();
      const text = error.sessionGone ? 'That film is no longer kept. You can start it anew.' : error.message;
      this.toasts.say(text, 'trouble');
    }
  }

  #enter(story, guest = false) {
    this.#story = story;
    this.invite.allow(!guest);
    byId('known-open').hidden = guest;
    this.#sceneId = null;
    for (const part of [this.choice, this.dials, this.reactions]) part.clear();
    this.panels.closeAll();
    this.transport.begin();
    this.#stage.open(story);
    this.#stage.dim(false);
    this.#stage.connection(null);
    Stage.screen('stage');
    this.#loadFacts(story);
    byId('about-science').textContent = story.science ?? '';
    byId('about-credit').textContent = story.credit ?? '';
    if ('mediaSession' in navigator) navigator.mediaSession.metadata = new MediaMetadata({ title: story.title, artist: 'Cineloom' });
  }

  #leave() {
    clearTimeout(this.#playRetryTimer);
    this.#film.stop();
    this.#memory.leave();
    this.choice.clear();
    this.panels.closeAll();
    if (document.fullscreenElement) document.exitFullscreen();
    if (document.pictureInPictureElement) document.exitPictureInPicture();
    Stage.screen('wall');
    this.#stage.connection(null);
    this.#wall.remember(this.#memory.unfinished);
    this.#film.warm();
  }

  #listenToFilm() {
    this.#film.addEventListener('state', ({ detail }) => this.#state(detail));
    this.#film.addEventListener('shot', ({ detail }) => this.#shot(detail));
    this.#film.addEventListener('caption', ({ detail }) => {
      this.#stage.caption(detail);
      this.facts.caption(detail);
    });
    this.#film.addEventListener('still', () => this.#stage.keepStill());
    this.#film.addEventListener('ended', ({ detail }) => this.#ended(detail));
    this.#film.addEventListener('hold', ({ detail }) => {
      this.#stage.connection(detail.active ? 'The next shot is on its way' : null, { afterMs: 2500 });
    });
  }

  #state({ state, error, waitMs, attempt }) {
    const stage = this.#stage;
    stage.dim(state === 'reconnecting');
    if (state === 'live') {
      stage.raiseCurtain();
      stage.connection(null);
    } else if (state === 'mending') {
      stage.connection('Looking for another way to your film.');
    } else if (state === 'reconnecting') {
      stage.connection(reconnectingText(attempt, waitMs), { retry: attempt > 1, afterMs: RECONNECTING_SHOWN_AFTER_MS });
    } else if (state === 'failed') {
      stage.failure('The film has stopped', error.sessionGone ? 'This film is no longer running' : 'The film was refused', error.message);
    }
  }

  #shot({ beatTitle, place, sceneId }) {
    this.#stage.scene(beatTitle, place);
    if (this.#sceneId !== null && sceneId !== this.#sceneId) this.panels.sceneChanged();
    this.#sceneId = sceneId;
  }

  #ended({ endingTitle }) {
    const acts = this.#film.ledger.entries;
    const times = acts.map(({ shownAfterS }) => shownAfterS).filter((value) => value !== null);
    const heard = acts.length ? `You answered it ${acts.length === 1 ? 'once' : `${acts.length} times`}` : 'You let it tell itself';
    const speed = times.length ? `it changed before your eyes in ${seconds(median(times))}` : '';
    this.choice.clear();
    this.panels.closeAll();
    this.#stage.finale(this.#story, endingTitle, [heard, speed].filter(Boolean).join('  ·  '));
  }

  #listenToPage() {
    document.addEventListener('visibilitychange', () => this.#film.visibility(document.hidden));
    window.addEventListener('online', () => this.#film.networkChanged());
    window.addEventListener('hashchange', () => {
      const invited = this.#takeInvitation();
      if (invited) this.#join(invited);
    });
    byId('retry-now').addEventListener('click', () => this.#film.retryNow());
    byId('badge').addEventListener('click', () => openDialog('about'));
    byId('help-toggle').addEventListener('click', () => openDialog('help'));
    byId('shortcuts').checked = this.#memory.settings.shortcuts;
    byId('shortcuts').addEventListener('change', ({ target }) => this.#memory.keep({ shortcuts: target.checked }));
    byId('film').addEventListener('click', (event) => {
      if (event.pointerType === 'mouse' && this.#film.state === 'live') this.transport.togglePause();
    });
    for (const dialog of document.querySelectorAll('dialog')) closeOnBackdrop(dialog);
    if ('mediaSession' in navigator) {
      navigator.mediaSession.setActionHandler('play', () => this.#film.unpause());
      navigator.mediaSession.setActionHandler('pause', () => this.#film.pause());
    }
  }

  #bindKeys() {
    const { transport, reactions, panels, levels } = this;
    const watching = () => this.#stage.visible && ['live', 'mending', 'connecting', 'reconnecting'].includes(this.#film.state);
    bindKeys(
      [
        { keys: [' ', 'k'], shown: ['Space', 'K'], says: 'Pause and play', act: () => transport.togglePause() },
        { keys: ['ArrowRight'], shown: ['→'], says: 'Skip this scene', act: () => transport.skip() },
        { keys: ['ArrowLeft'], shown: ['←'], says: 'Back to the scene before', act: () => transport.rewind() },
        { keys: ['ArrowUp'], shown: ['↑'], says: 'Louder', repeats: true, act: () => transport.louder(1) },
        { keys: ['ArrowDown'], shown: ['↓'], says: 'Softer', repeats: true, act: () => transport.louder(-1) },
        { keys: ['m'], shown: ['M'], says: 'Sound on or off', act: () => transport.toggleMute() },
        { keys: ['n'], shown: ['N'], says: 'Night: nothing loud', act: () => levels.toggleNight() },
        { keys: ['c'], shown: ['C'], says: 'Captions', act: () => transport.toggleCaptions() },
        { keys: ['w'], shown: ['W'], says: 'Why this scene?', act: () => panels.toggle('why-card') },
        { keys: EMOTIONS.map((_, index) => `${index + 1}`), shown: ['1', '–', '6'], says: 'Love, wow, laugh, tense, bored, sad', act: (key) => reactions.express(key - 1) },
        { keys: ['f'], shown: ['F'], says: 'Full screen', act: () => transport.toggleFullscreen() },
        { keys: ['i'], shown: ['I'], says: 'Picture in picture', act: () => transport.togglePip() },
        { keys: ['?'], shown: ['?'], says: 'This help', act: () => openDialog('help') },
        { keys: ['Escape'], shown: ['Esc'], says: 'Close what is open', act: () => panels.closeAll() },
      ],
      () => watching() && this.#memory.settings.shortcuts,
    );
  }
}

function reconnectingText(attempt, waitMs) {
  if (!attempt || attempt < 3) return 'Reconnecting. Your film waits for you.';
  return `Still reconnecting. Trying again in ${Math.max(1, Math.round((waitMs ?? 0) / 1000))} s.`;
}

start();
