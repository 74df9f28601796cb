// The playback controls: pause, scenes, volume, captions, calm, picture in picture, full screen.

import { byId, setIcon } from './element.js';

const VOLUME_STEP = 0.1;
const VOLUME_REPORT_MS = 500;

export class Transport {
  #film;
  #stage;
  #memory;
  #video = byId('film');
  #volumeTimer = null;
  #byViewer = false;

  constructor(film, stage, memory) {
    this.#film = film;
    this.#stage = stage;
    this.#memory = memory;
    this.#video.volume = memory.settings.volume;
    byId('volume').value = Math.round(memory.settings.volume * 100);
    byId('pause').addEventListener('click', () => this.togglePause());
    byId('skip').addEventListener('click', () => this.skip());
    byId('rewind').addEventListener('click', () => this.rewind());
    byId('mute').addEventListener('click', () => this.toggleMute());
    byId('sound').addEventListener('click', () => this.#hear());
    byId('volume').addEventListener('input', () => this.setVolume(byId('volume').value / 100));
    byId('captions-toggle').addEventListener('click', () => this.toggleCaptions());
    byId('calm-toggle').addEventListener('click', () => this.toggleCalm());
    byId('pip').addEventListener('click', () => this.togglePip());
    byId('fullscreen').addEventListener('click', () => this.toggleFullscreen());
    this.#video.addEventListener('volumechange', () => this.#showVolume());
    document.addEventListener('fullscreenchange', () => this.#showFullscreen());
    film.addEventListener('paused', () => this.showPaused());
    this.#listenToPip();
    this.#showVolume();
    this.showPaused();
    this.captions(memory.settings.captions);
    this.calm(memory.settings.calm);
  }

  togglePause() {
    if (this.#film.paused) this.#film.unpause();
    else this.#film.pause();
    this.#stage.glance(this.#film.paused ? 'Paused' : 'Playing');
  }

  skip() {
    this.#film.act({ skip: {} });
    this.#stage.glance('Skipping this scene');
  }

  rewind() {
    this.#film.act({ rewind: {} });
    this.#stage.glance('Back a scene');
  }

  /** A film begins: with its sound, unless the last one was muted or the browser lets none be heard before a tap. */
  begin() {
    const { muted } = this.#memory.settings;
    this.#byViewer = false;
    this.#video.muted = muted || !navigator.userActivation?.hasBeenActive;
    this.#stage.soundChosen(muted);
    // the element forgets to tell of the change when its stream comes at once
    this.#showVolume();
  }

  #hear() {
    this.#video.muted = false;
    if (this.#video.volume === 0) this.#video.volume = 1;
    this.#memory.keep({ muted: false });
    this.#stage.soundChosen(true);
  }

  toggleMute() {
    this.#byViewer = true;
    if (this.#video.muted) this.#hear();
    else {
      this.#video.muted = true;
      this.#memory.keep({ muted: true });
    }
    this.#stage.soundChosen(true);
    this.#stage.glance(this.#video.muted ? 'Sound off' : 'Sound on');
  }

  setVolume(level) {
    this.#byViewer = true;
    this.#video.volume = Math.min(1, Math.max(0, level));
    if (this.#video.volume > 0 && this.#video.muted) this.#hear();
  }

  louder(direction) {
    this.setVolume(this.#video.volume + direction * VOLUME_STEP);
    this.#stage.glance(`Volume ${Math.round(this.#video.volume * 100)}`);
  }

  toggleCaptions() {
    this.captions(byId('captions-toggle').getAttribute('aria-pressed') !== 'true');
    this.#stage.glance(this.#memory.settings.captions ? 'Captions on' : 'Captions off');
  }

  captions(on) {
    byId('captions-toggle').setAttribute('aria-pressed', String(on));
    this.#stage.captionsOn(on);
    this.#memory.keep({ captions: on });
  }

  toggleCalm() {
    const on = byId('calm-toggle').getAttribute('aria-pressed') !== 'true';
    this.calm(on);
    this.#film.act({ calm: { on } });
    this.#stage.glance(on ? 'Calm: no flashes' : 'Calm off');
  }

  calm(on) {
    byId('calm-toggle').setAttribute('aria-pressed', String(on));
    byId('stage').dataset.calm = String(on);
    this.#memory.keep({ calm: on });
  }

  async togglePip() {
    try {
      if (document.pictureInPictureElement) await document.exitPictureInPicture();
      else await this.#video.requestPictureInPicture();
    } catch (error) {
      this.#stage.glance('This browser does not allow picture in picture now');
      console.info(`Picture in picture: ${error.message}`);
    }
  }

  async toggleFullscreen() {
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else if (byId('stage').requestFullscreen) await document.documentElement.requestFullscreen();
      else this.#video.webkitEnterFullscreen();
    } catch (error) {
      this.#stage.glance('This browser does not allow full screen here');
      console.info(`Full screen: ${error.message}`);
    }
  }

  showPaused() {
    const { paused } = this.#film;
    setIcon(byId('pause'), paused ? 'play' : 'pause');
    byId('pause').setAttribute('aria-label', paused ? 'Play' : 'Pause');
    byId('stage').dataset.paused = String(paused);
  }

  #listenToPip() {
    const pressed = (on) => byId('pip').setAttribute('aria-pressed', String(on));
    byId('pip').hidden = !document.pictureInPictureEnabled;
    this.#video.addEventListener('enterpictureinpicture', () => pressed(true));
    this.#video.addEventListener('leavepictureinpicture', () => pressed(false));
  }

  #showFullscreen() {
    const on = Boolean(document.fullscreenElement);
    byId('fullscreen').setAttribute('aria-pressed', String(on));
    setIcon(byId('fullscreen'), on ? 'unfullscreen' : 'fullscreen');
  }

  #showVolume() {
    const level = this.#video.muted ? 0 : this.#video.volume;
    setIcon(byId('mute'), level === 0 ? 'muted' : 'loud');
    byId('mute').setAttribute('aria-label', level === 0 ? 'Sound on' : 'Sound off');
    byId('volume').value = Math.round(level * 100);
    byId('volume').style.setProperty('--filled', `${Math.round(level * 100)}%`);
    this.#stage.sound();
    // what the page or the browser does to the sound says nothing of what the viewer thinks of the film
    if (!this.#byViewer) return;
    clearTimeout(this.#volumeTimer);
    this.#volumeTimer = setTimeout(() => {
      this.#byViewer = false;
      if (this.#film.session) this.#film.act({ volume: { level } });
      if (level > 0) this.#memory.keep({ volume: level });
    }, VOLUME_REPORT_MS);
  }
}
