import assert from 'node:assert/strict';
import { test } from 'node:test';

import { DEFAULT_SETTINGS, Memory, storage } from '../../../services/player/page/adapters/memory.js';
import { ApiError, StreamingApi, retryAfterS } from '../../../services/player/page/adapters/streaming_api.js';
import { WhepResource, iceServersOf, restartedAnswer, sdpFragment } from '../../../services/player/page/adapters/whep.js';

function answering(...answers) {
  const asked = [];
  const fetch = async (url, options = {}) => {
    asked.push({ url, ...options });
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    const [status, body, headers] = answer;
    return new Response(status === 204 ? null : typeof body === 'string' ? body : JSON.stringify(body), { status, headers });
  };
  return { fetch, asked };
}

class Store {
  kept = new Map();
  getItem = (key) => this.kept.get(key) ?? null;
  setItem = (key, value) => this.kept.set(key, value);
  removeItem = (key) => this.kept.delete(key);
}

test('a session is asked for and its relative WHEP address resolved', async () => {
  const { fetch, asked } = answering([201, { sessionId: 's', viewerId: 'v', token: 't', whepUrl: '/whep/s' }]);
  const session = await new StreamingApi(fetch, 'http://films.test:8081/').createSession({ storyId: 'red', calm: true });
  assert.equal(session.whepUrl, 'http://films.test:8081/whep/s');
  assert.equal(asked[0].url, 'http://films.test:8081/v1/sessions');
  assert.deepEqual(JSON.parse(asked[0].body), { storyId: 'red', calm: true });
});

test('an error says its code, message, field and when to come back', async () => {
  const { fetch } = answering([503, { error: { code: 'FULL', message: 'Full.', field: 'storyId' } }, { 'Retry-After': '7' }]);
  const error = await new StreamingApi(fetch, 'http://films.test').createSession({}).catch((caught) => caught);
  assert.ok(error instanceof ApiError);
  assert.deepEqual([error.status, error.code, error.message, error.field, error.retryAfterS], [503, 'FULL', 'Full.', 'storyId', 7]);
  assert.equal(error.retryable, true);
});

test('no answer is an error that may pass; a body that is no JSON still has words', async () => {
  const { fetch } = answering(new TypeError('Failed to fetch'), [404, '<html>']);
  const api = new StreamingApi(fetch, 'http://films.test');
  const down = await api.stories().catch((caught) => caught);
  assert.deepEqual([down.status, down.retryable], [0, true]);
  const gone = await api.session({ sessionId: 'a/b', token: 't' }).catch((caught) => caught);
  assert.deepEqual([gone.retryable, gone.sessionGone], [false, true]);
  assert.notEqual(gone.message, '');
});

test('events are posted with the token, and ids are escaped in paths', async () => {
  const { fetch, asked } = answering([202, {}]);
  await new StreamingApi(fetch, 'http://films.test').postEvent({ sessionId: 'a/b', token: 't' }, { eventId: 'e' });
  assert.equal(asked[0].url, 'http://films.test/v1/sessions/a%2Fb/events');
  assert.equal(asked[0].headers.Authorization, 'Bearer t');
});

test('Retry-After is read as seconds or as a date', () => {
  assert.equal(retryAfterS('12', 0), 12);
  assert.equal(retryAfterS('Thu, 01 Jan 1970 00:00:30 GMT', 10_000), 20);
  assert.equal(retryAfterS('soon', 0), 0);
  assert.equal(retryAfterS(null, 0), 0);
});

test('WHEP: the offer is posted, the resource trickled to and deleted', async () => {
  const created = { Location: '/whep/s/1', ETag: '"x"', Link: '<stun:stun.test:3478>; rel="ice-server"' };
  const { fetch, asked } = answering([201, 'v=0 answer', created], [204, ''], [200, '']);
  const resource = await WhepResource.create(fetch, 'http://films.test/whep/s', 't', 'v=0 offer');
  assert.equal(resource.answer, 'v=0 answer');
  assert.equal(resource.url, 'http://films.test/whep/s/1');
  assert.deepEqual(resource.iceServers, [{ urls: ['stun:stun.test:3478'] }]);
  await resource.trickle('fragment');
  await resource.remove();
  assert.deepEqual(asked.map(({ method }) => method), ['POST', 'PATCH', 'DELETE']);
  assert.equal(asked[0].headers['Content-Type'], 'application/sdp');
  assert.equal(asked[1].headers['Content-Type'], 'application/trickle-ice-sdpfrag');
  assert.equal(asked[1].headers['If-Match'], '"x"');
  assert.equal(asked[2].headers.Authorization, 'Bearer t');
});

test('WHEP: a refused trickle or delete does not end the film', async () => {
  const { fetch } = answering([201, 'answer', { Location: '/r' }], [405, {}], [404, {}]);
  const resource = await WhepResource.create(fetch, 'http://films.test/whep/s', 't', 'offer');
  await resource.trickle('fragment');
  await resource.remove();
});

test('ICE servers are read from a Link header with several values', () => {
  const link =
    '<stun:a.test>; rel="ice-server", <turn:b.test:3478?transport=udp>; rel="ice-server"; username="1:u"; credential="a,b;c"; credential-type="password", <https://x>; rel="help"';
  assert.deepEqual(iceServersOf(link), [
    { urls: ['stun:a.test'] },
    { urls: ['turn:b.test:3478?transport=udp'], username: '1:u', credential: 'a,b;c' },
  ]);
  assert.deepEqual(iceServersOf(null), []);
});

test('a trickle fragment names the credentials and the first section', () => {
  const offer = 'v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=ice-ufrag:abcd\r\na=ice-pwd:secret\r\na=mid:0\r\nm=audio 9 X 111\r\na=mid:1\r\n';
  assert.equal(
    sdpFragment(offer, ['candidate:1 1 udp 1 10.0.0.1 5 typ host'], true),
    'a=ice-ufrag:abcd\r\na=ice-pwd:secret\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=candidate:1 1 udp 1 10.0.0.1 5 typ host\r\na=end-of-candidates\r\n',
  );
});

const ANSWERED =
  'v=0\r\nm=video 9 X 96\r\na=mid:0\r\na=candidate:1 1 udp 1 10.0.0.1 5 typ host\r\na=end-of-candidates\r\na=ice-ufrag:old\r\na=ice-pwd:oldold\r\n' +
  'm=audio 9 X 111\r\na=mid:1\r\na=candidate:1 1 udp 1 10.0.0.1 5 typ host\r\na=ice-ufrag:old\r\na=ice-pwd:oldold\r\n';
const FRAGMENT = 'a=ice-ufrag:new\r\na=ice-pwd:newnew\r\nm=video 9 X 0\r\na=mid:0\r\na=candidate:2 1 udp 1 10.0.0.9 6 typ host\r\na=end-of-candidates\r\n';
const RESTARTED =
  'v=0\r\nm=video 9 X 96\r\na=mid:0\r\na=ice-ufrag:new\r\na=ice-pwd:newnew\r\na=candidate:2 1 udp 1 10.0.0.9 6 typ host\r\n' +
  'm=audio 9 X 111\r\na=mid:1\r\na=ice-ufrag:new\r\na=ice-pwd:newnew\r\n';

test('WHEP: an ICE restart puts new credentials and candidates into the answer, and later candidates name the new state', async () => {
  assert.equal(restartedAnswer(ANSWERED, FRAGMENT), RESTARTED);
  const { fetch, asked } = answering([201, ANSWERED, { Location: '/r', ETag: '"a"' }], [200, FRAGMENT, { ETag: '"b"' }], [204, '']);
  const resource = await WhepResource.create(fetch, 'http://films.test/whep/s', 't', 'offer');
  assert.equal(await resource.restart('fragment'), RESTARTED);
  await resource.trickle('fragment');
  assert.deepEqual(asked.slice(1).map(({ headers }) => headers['If-Match']), ['*', '"b"']);
});

test('WHEP: who does not restart, or has lost the connection, is told so', async () => {
  const { fetch } = answering([201, ANSWERED, { Location: '/r' }], [204, ''], [404, {}]);
  const resource = await WhepResource.create(fetch, 'http://films.test/whep/s', 't', 'offer');
  await assert.rejects(resource.restart('fragment'), ApiError);
  await assert.rejects(resource.restart('fragment'), ApiError);
  assert.equal(resource.answer, ANSWERED);
});

test('a guest becomes one by the invitation, with a token of their own', async () => {
  const { fetch, asked } = answering([201, { sessionId: 's', viewerId: 'g1', token: 'own', whepUrl: '/whep/s' }]);
  const grant = await new StreamingApi(fetch, 'http://films.test').join({ sessionId: 's', invitation: '9.x' });
  assert.deepEqual([grant.token, grant.whepUrl], ['own', 'http://films.test/whep/s']);
  assert.deepEqual([asked[0].url, asked[0].headers.Authorization], ['http://films.test/v1/sessions/s/guests', 'Bearer 9.x']);
});

test("a guest's film is kept for the tab alone, and its end leaves the viewer's own film", () => {
  const lasting = new Store();
  const own = new Memory(new Store(), lasting);
  own.begin({ sessionId: 'mine', token: 't', viewerId: 'v' });
  const guest = new Memory(new Store(), lasting);
  guest.begin({ sessionId: 'theirs', token: 'g', viewerId: 'g1', guest: true });
  assert.equal(guest.session.sessionId, 'theirs');
  assert.deepEqual([guest.viewerId, guest.unfinished.sessionId], ['v', 'mine']);
  guest.finish();
  assert.equal(guest.session, null);
  assert.equal(own.unfinished.sessionId, 'mine');
});

test('a tab returns to its session; a film that was left can be resumed, a finished one cannot', () => {
  const lasting = new Store();
  const memory = new Memory(new Store(), lasting);
  memory.begin({ sessionId: 's', token: 't', viewerId: 'v' });
  assert.equal(memory.session.token, 't');
  memory.leave();
  assert.equal(memory.session, null);
  assert.equal(new Memory(new Store(), lasting).unfinished.sessionId, 's');
  memory.finish();
  assert.equal(memory.unfinished, null);
  assert.equal(memory.viewerId, 'v', 'the viewer is remembered beyond a film');
});

test('settings are kept one by one over the defaults', () => {
  const memory = new Memory(null, new Store());
  memory.keep({ calm: true });
  memory.keep({ volume: 0.4 });
  assert.deepEqual(memory.settings, { ...DEFAULT_SETTINGS, calm: true, volume: 0.4 });
});

test('a browser that forbids storage, or holds nonsense, keeps the page working', () => {
  const forbidden = { get localStorage() { throw new Error('SecurityError'); } };
  assert.equal(storage(forbidden, 'localStorage'), null);
  const memory = new Memory(null, null);
  memory.begin({ sessionId: 's' });
  assert.equal(memory.session, null);
  const nonsense = new Store();
  nonsense.setItem('cineloom.settings', '{');
  assert.deepEqual(new Memory(null, nonsense).settings, DEFAULT_SETTINGS);
});

test('taste is read, corrected, forgotten, copied and erased with the token', async () => {
  const told = { axes: [{ name: 'humour', mean: 0.4 }] };
  const { fetch, asked } = answering([200, told], [200, told], [200, { axes: [] }], [200, { viewerId: 'v' }], [200, { erasedRecords: 7 }]);
  const api = new StreamingApi(fetch, 'http://films.test');
  const session = { sessionId: 'a/b', token: 't' };
  assert.deepEqual(await api.taste(session), told);
  assert.deepEqual(await api.correctTaste(session, 'theme:robotics', -0.5), told);
  assert.deepEqual(await api.forgetTaste(session, 'character:small/ann'), { axes: [] });
  assert.equal(await (await api.copyOfViewer(session)).text(), '{"viewerId":"v"}');
  assert.deepEqual(await api.eraseViewer(session), { erasedRecords: 7 });
  const at = 'http://films.test/v1/sessions/a%2Fb';
  assert.deepEqual(
    asked.map(({ method, url }) => [method ?? 'GET', url]),
    [['GET', `${at}/taste`], ['PATCH', `${at}/taste`], ['DELETE', `${at}/taste/character%3Asmall%2Fann`], ['GET', `${at}/viewer`], ['DELETE', `${at}/viewer`]],
  );
  assert.deepEqual(JSON.parse(asked[1].body), { axes: [{ name: 'theme:robotics', value: -0.5 }] });
  assert.ok(asked.every(({ headers }) => headers.Authorization === 'Bearer t'));
});

test('an erased viewer is remembered nowhere in the browser', () => {
  const [tab, lasting] = [new Store(), new Store()];
  const memory = new Memory(tab, lasting);
  memory.begin({ sessionId: 's', viewerId: 'v' });
  memory.forgetViewer();
  assert.deepEqual([memory.session, memory.unfinished, memory.viewerId], [null, null, undefined]);
});
