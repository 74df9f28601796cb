// One WebRTC connection: offer at once, answer, trickle, two data channels. Reconnecting is not its business.

import { WhepResource, sdpFragment } from './whep.js';

const TRICKLE_GATHER_MS = 30;
const GOODBYE_MS = 500;

export class Peer extends EventTarget {
  #connection;
  #bed;
  #sounds = [];
  #resource = null;
  #offer = null;
  #candidates = [];
  #gathered = false;
  #trickleTimer = null;
  #restarting = false;
  #closed = false;

  /** Makes the connection and its offer, so that both are ready when the viewer presses play. */
  constructor() {
    super();
    this.stream = new MediaStream();
    this.bed = null;
    this.#connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    this.#connection.addTransceiver('video', { direction: 'recvonly' });
    this.#connection.addTransceiver('audio', { direction: 'recvonly' });
    // Silent until the page asks for dialogue and bed apart: then this one carries the bed.
    this.#bed = this.#connection.addTransceiver('audio', { direction: 'recvonly' });
    this.events = this.#connection.createDataChannel('events', { ordered: true });
    this.timeline = this.#connection.createDataChannel('timeline', { ordered: true });
    this.#listen();
    this.ready = this.#connection.createOffer().then(({ sdp }) => stereo(sdp));
    this.ready.catch(() => {});
  }

  /** Tracks of what is said, or of the mix; the bed is not among them. */
  get sounds() {
    return this.#sounds;
  }

  get state() {
    return this.#connection.connectionState;
  }

  /** Connects to the film. Raises ApiError when the service refuses. */
  async connect(fetch, whepUrl, token, signal) {
    this.#offer = await this.ready;
    const resource = await WhepResource.create(fetch, whepUrl, token, this.#offer, signal);
    if (this.#closed) {
      await resource.remove();
      return;
    }
    this.#resource = resource;
    // Candidates are gathered only now, so that the relays named in the answer take part.
    this.#use(resource.iceServers);
    await this.#connection.setLocalDescription({ type: 'offer', sdp: this.#offer });
    await this.#connection.setRemoteDescription({ type: 'answer', sdp: resource.answer });
  }

  /** Looks for a way anew; the film goes on over the old one as long as that holds. Raises ApiError. */
  async restart(signal) {
    if (this.#closed || this.#restarting || !this.#resource?.url) return;
    this.#restarting = true;
    try {
      this.#candidates = [];
      this.#gathered = false;
      this.#use(this.#resource.iceServers);
      const { sdp } = await this.#connection.createOffer({ iceRestart: true });
      this.#offer = stereo(sdp);
      await this.#connection.setLocalDescription({ type: 'offer', sdp: this.#offer });
      const answer = await this.#resource.restart(sdpFragment(this.#offer, [], false), signal);
      if (!this.#closed) await this.#connection.setRemoteDescription({ type: 'answer', sdp: answer });
    } finally {
      this.#restarting = false;
    }
    this.#trickle();
  }

  /** Lets go of the connection; forgetAtServer false leaves the server to notice. */
  close({ forgetAtServer = true } = {}) {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#trickleTimer);
    if (!forgetAtServer || !this.#resource) {
      this.#connection.close();
      return;
    }
    // Told first: a server that sees the connection close has forgotten the resource before it is asked to.
    const patience = new Promise((resolve) => setTimeout(resolve, GOODBYE_MS));
    Promise.race([this.#resource.remove(), patience]).then(() => this.#connection.close());
  }

  /** What else was configured must be said again: a changed bundle policy is refused. */
  #use(iceServers) {
    if (iceServers.length) this.#connection.setConfiguration({ ...this.#connection.getConfiguration(), iceServers });
  }

  #listen() {
    this.#connection.addEventListener('track', ({ track, transceiver }) => {
      if (transceiver && transceiver === this.#bed) {
        this.bed = track;
        this.dispatchEvent(new CustomEvent('bed', { detail: track }));
        return;
      }
      if (track.kind === 'audio') this.#sounds.push(track);
      this.stream.addTrack(track);
      this.dispatchEvent(new CustomEvent('track', { detail: track }));
    });
    this.#connection.addEventListener('connectionstatechange', () => {
      if (!this.#closed) this.dispatchEvent(new CustomEvent('state', { detail: this.state }));
    });
    this.#connection.addEventListener('icecandidate', ({ candidate }) => this.#found(candidate));
    this.events.addEventListener('open', () => this.dispatchEvent(new CustomEvent('open')));
    this.events.addEventListener('close', () => this.dispatchEvent(new CustomEvent('shut')));
    this.timeline.addEventListener('message', ({ data }) => {
      this.dispatchEvent(new CustomEvent('message', { detail: data }));
    });
  }

  #found(candidate) {
    if (candidate?.candidate) this.#candidates.push(candidate.candidate);
    else this.#gathered = true;
    this.#trickleTimer ??= setTimeout(() => this.#trickle(), TRICKLE_GATHER_MS);
  }

  #trickle() {
    this.#trickleTimer = null;
    if (this.#closed || !this.#resource || this.#restarting) return;
    const candidates = this.#candidates.splice(0);
    if (candidates.length || this.#gathered) {
      this.#resource.trickle(sdpFragment(this.#offer, candidates, this.#gathered));
    }
  }
}

/** Chromium decodes Opus as mono unless the offer says otherwise (RFC 7587 section 6.1). */
function stereo(sdp) {
  const payload = /a=rtpmap:(\d+) opus\/48000/i.exec(sdp)?.[1];
  if (!payload) return sdp;
  return sdp.replace(new RegExp(`(a=fmtp:${payload} (?!.*\\bstereo=1)[^\\r\\n]*)`, 'g'), '$1;stereo=1');
}
