// Inviting others to watch along: a link to be copied, and nothing of it for guests.

import { byId } from './element.js';
import { openDialog } from './stage.js';

export class Invite {
  #film;
  #linkOf;

  /** linkOf: what the service gave -> the link. */
  constructor(film, linkOf) {
    this.#film = film;
    this.#linkOf = linkOf;
    byId('invite').addEventListener('click', () => this.open());
    byId('invite-copy').addEventListener('click', () => this.#copy());
    byId('invite-link').addEventListener('focus', ({ target }) => target.select());
  }

  /** Only the viewer whose film it is invites. */
  allow(allowed) {
    byId('invite').hidden = !allowed;
  }

  async open() {
    if (byId('invite').hidden) return;
    byId('invite-link').value = '';
    byId('invite-copy').disabled = true;
    this.#say('Making the link…');
    openDialog('together');
    try {
      byId('invite-link').value = this.#linkOf(await this.#film.invite());
      byId('invite-copy').disabled = false;
      this.#say('');
      byId('invite-copy').focus();
    } catch (error) {
      this.#say(error.message);
    }
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(byId('invite-link').value);
      this.#say('Copied. Whoever opens it watches with you, for the next twelve hours.');
    } catch {
      byId('invite-link').focus();
      this.#say('Your browser does not let the page copy: the link is marked, copy it by hand.');
    }
  }

  #say(text) {
    byId('invite-status').textContent = text;
  }
}
