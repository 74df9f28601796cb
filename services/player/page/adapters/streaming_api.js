// The streaming service over HTTP: stories, sessions, and events when there is no data channel.

/** An answer that is not a success. status 0: there was no answer at all. */
export class ApiError extends Error {
  constructor(status, { code = '', message = '', field = '' } = {}, retryAfterS = 0) {
    super(message || (status === 0 ? 'The film service could not be reached.' : `The film service answered ${status}.`));
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.field = field;
    this.retryAfterS = retryAfterS;
  }

  /** Whether the same request may succeed later. */
  get retryable() {
    return this.status === 0 || this.status === 408 || this.status === 425 || this.status === 429 || this.status >= 500;
  }

  /** Whether the session it was about is no more. */
  get sessionGone() {
    return [401, 403, 404, 410].includes(this.status);
  }
}

/** fetch() whose every failure is an ApiError; the body of a failure is {"error": {code, message, field}}. */
export async function ask(fetch, url, options = {}) {
  let response;
  try {
    response = await fetch(url, options);
  } catch (cause) {
    if (cause.name === 'AbortError') throw cause;
    throw new ApiError(0);
  }
  if (response.ok) return response;
  const detail = await response.json().then((body) => body?.error ?? {}, () => ({}));
  throw new ApiError(response.status, detail, retryAfterS(response.headers.get('Retry-After'), Date.now()));
}

/** Seconds to wait by a Retry-After header (RFC 9110 section 10.2.3): a number or a date. */
export function retryAfterS(header, nowMs) {
  if (!header) return 0;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? 0 : Math.max(0, (date - nowMs) / 1000);
}

export class StreamingApi {
  #fetch;
  #base;

  constructor(fetch, base) {
    this.#fetch = fetch;
    this.#base = base.replace(/\/+$/, '');
  }

  /** Absolute form of an address that the service gave. */
  resolve(url) {
    return new URL(url, `${this.#base}/`).href;
  }

  async stories() {
    const response = await ask(this.#fetch, `${this.#base}/v1/stories`);
    return (await response.json()).stories ?? [];
  }

  /** {premise, ageBand, viewerId?} -> the story that was made of it, described, with what became of the premise. */
  async makeStory(commission) {
    const response = await ask(this.#fetch, `${this.#base}/v1/stories`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(commission),
    });
    return response.json();
  }

  /** One story, described; made ones are in no list. */
  async story(storyId) {
    const response = await ask(this.#fetch, `${this.#base}/v1/stories/${encodeURIComponent(storyId)}`);
    return response.json();
  }

  /** {facts, fiction} of a story. */
  async facts(storyId) {
    const response = await ask(this.#fetch, `${this.#base}/v1/stories/${encodeURIComponent(storyId)}/facts`);
    return response.json();
  }

  /** wish: {storyId, viewerId?, plannedMinutes?, calm, ageBand, captions, described} -> {sessionId, viewerId, token, whepUrl}. */
  async createSession(wish) {
    const response = await ask(this.#fetch, `${this.#base}/v1/sessions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(wish),
    });
    const session = await response.json();
    return { ...session, whepUrl: this.resolve(session.whepUrl) };
  }

  /** {sessionId, storyId, title, state, frameIndex}. */
  async session({ sessionId, token }) {
    const response = await ask(this.#fetch, `${this.#base}/v1/sessions/${encodeURIComponent(sessionId)}`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    return response.json();
  }

  /** {axes: [{name, label, mean, certainty, words, taughtBy}], mood, limits}: what is known of the session's viewer. */
  async taste(session) {
    return (await this.#own(session, 'taste')).json();
  }

  async correctTaste(session, name, value) {
    const body = JSON.stringify({ axes: [{ name, value }] });
    return (await this.#own(session, 'taste', { method: 'PATCH', body, headers: { 'Content-Type': 'application/json' } })).json();
  }

  async forgetTaste(session, name) {
    return (await this.#own(session, `taste/${encodeURIComponent(name)}`, { method: 'DELETE' })).json();
  }

  /** Everything that is held of the viewer, as a Blob. */
  async copyOfViewer(session) {
    return (await this.#own(session, 'viewer')).blob();
  }

  async eraseViewer(session) {
    return (await this.#own(session, 'viewer', { method: 'DELETE' })).json();
  }

  /** {sessionId, invitation}: what others need to watch along. */
  async invite(session) {
    return (await this.#own(session, 'invitations', { method: 'POST' })).json();
  }

  /** Who was invited becomes a guest: {sessionId, viewerId, token, whepUrl}. */
  async join({ sessionId, invitation }) {
    const guest = await (await this.#own({ sessionId, token: invitation }, 'guests', { method: 'POST' })).json();
    return { ...guest, whepUrl: this.resolve(guest.whepUrl) };
  }

  #own({ sessionId, token }, path, { headers = {}, ...options } = {}) {
    const url = `${this.#base}/v1/sessions/${encodeURIComponent(sessionId)}/${path}`;
    return ask(this.#fetch, url, { ...options, headers: { ...headers, Authorization: `Bearer ${token}` } });
  }

  async postEvent({ sessionId, token }, event) {
    await ask(this.#fetch, `${this.#base}/v1/sessions/${encodeURIComponent(sessionId)}/events`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify(event),
    });
  }
}
