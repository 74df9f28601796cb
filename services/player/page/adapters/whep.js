// WHEP (WebRTC-HTTP Egress Protocol) from the player's side: one resource for one connection.

import { ApiError, ask } from './streaming_api.js';

export class WhepResource {
  #fetch;
  #token;

  constructor(fetch, token, { answer, url, iceServers, entityTag }) {
    this.#fetch = fetch;
    this.#token = token;
    this.answer = answer;
    this.url = url;
    this.iceServers = iceServers;
    this.entityTag = entityTag;
  }

  /** Posts an offer (SDP text) and gives the resource with its answer. Raises ApiError. */
  static async create(fetch, whepUrl, token, offer, signal) {
    const response = await ask(fetch, whepUrl, {
      method: 'POST',
      headers: { 'Content-Type': 'application/sdp', Authorization: `Bearer ${token}` },
      body: offer,
      signal,
    });
    const location = response.headers.get('Location');
    return new WhepResource(fetch, token, {
      answer: await response.text(),
      url: location ? new URL(location, response.url || whepUrl).href : null,
      iceServers: iceServersOf(response.headers.get('Link')),
      entityTag: response.headers.get('ETag'),
    });
  }

  /** Trickles candidates (RFC 8840). A server that does not take them learns our address from its checks. */
  async trickle(fragment) {
    if (!this.url) return;
    const headers = { 'Content-Type': 'application/trickle-ice-sdpfrag', Authorization: `Bearer ${this.#token}` };
    if (this.entityTag) headers['If-Match'] = this.entityTag;
    try {
      await ask(this.#fetch, this.url, { method: 'PATCH', headers, body: fragment });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      console.info(`WHEP trickle was not taken: ${error.message}`);
    }
  }

  /** Asks for an ICE restart with new credentials; the answer to be set in place of the one before. Raises ApiError. */
  async restart(fragment, signal) {
    const headers = { 'Content-Type': 'application/trickle-ice-sdpfrag', Authorization: `Bearer ${this.#token}`, 'If-Match': '*' };
    const response = await ask(this.#fetch, this.url, { method: 'PATCH', headers, body: fragment, signal });
    if (response.status !== 200) throw new ApiError(response.status, { code: 'NO_RESTART', message: 'The film cannot restart ICE.' });
    this.entityTag = response.headers.get('ETag');
    const iceServers = iceServersOf(response.headers.get('Link'));
    // Relays' credentials end by themselves: those of now are for the next restart.
    if (iceServers.length) this.iceServers = iceServers;
    this.answer = restartedAnswer(this.answer, await response.text());
    return this.answer;
  }

  /** Ends the connection at the server; also sent while the page is being left. */
  async remove() {
    if (!this.url) return;
    const headers = { Authorization: `Bearer ${this.#token}` };
    try {
      await ask(this.#fetch, this.url, { method: 'DELETE', headers, keepalive: true });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      console.info(`WHEP resource was not deleted: ${error.message}`);
    }
  }
}

/** ICE servers in a Link header (RFC 8288, rel="ice-server"). */
export function iceServersOf(link) {
  if (!link) return [];
  return [...link.matchAll(/<([^>]+)>((?:\s*;\s*[\w-]+=(?:"(?:[^"\\]|\\.)*"|[^;,"]*))*)/g)]
    .map(([, url, parameters]) => ({ url, ...parametersOf(parameters) }))
    .filter(({ rel }) => rel === 'ice-server')
    .map(({ url, username, credential }) => (username ? { urls: [url], username, credential } : { urls: [url] }));
}

function parametersOf(text) {
  const pairs = [...text.matchAll(/;\s*([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^;,"]*))/g)];
  return Object.fromEntries(pairs.map(([, name, quoted, bare]) => [name, (quoted ?? bare).replace(/\\(.)/g, '$1')]));
}

/** An answer with the credentials and candidates of an ICE restart's fragment in place of its own. */
export function restartedAnswer(answer, fragment) {
  const told = fragment.split(/\r?\n/);
  const valueOf = (prefix) => told.find((line) => line.startsWith(prefix)) ?? '';
  const candidates = told.filter((line) => line.startsWith('a=candidate:'));
  let sections = 0;
  const lines = answer.trimEnd().split(/\r?\n/).flatMap((line) => {
    if (line.startsWith('m=')) sections += 1;
    if (line.startsWith('a=candidate:') || line === 'a=end-of-candidates') return [];
    if (line.startsWith('a=ice-ufrag:')) return [valueOf('a=ice-ufrag:')];
    // One transport is bundled for all sections; its candidates stand in the first.
    if (line.startsWith('a=ice-pwd:')) return [valueOf('a=ice-pwd:'), ...(sections <= 1 ? candidates : [])];
    return [line];
  });
  return `${lines.join('\r\n')}\r\n`;
}

/** The body of a trickle PATCH: the offer's credentials, then candidates of its first, bundled section. */
export function sdpFragment(offer, candidates, complete) {
  const line = (prefix) => offer.split(/\r?\n/).find((text) => text.startsWith(prefix));
  const media = line('m=');
  const lines = [line('a=ice-ufrag:'), line('a=ice-pwd:'), media, line('a=mid:')].filter(Boolean);
  const found = candidates.map((candidate) => `a=${candidate}`);
  return `${[...lines, ...found, ...(complete ? ['a=end-of-candidates'] : [])].join('\r\n')}\r\n`;
}
