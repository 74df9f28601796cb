import assert from 'node:assert/strict';
import { test } from 'node:test';

import { hopTimes, hopsOf } from '../../../services/player/page/domain/hops.js';
import { Recovery } from '../../../services/player/page/domain/recovery.js';
import { readTimeline } from '../../../services/player/page/domain/timeline.js';
import { invitationIn, invitationLink, turnout } from '../../../services/player/page/domain/together.js';

function live() {
  const recovery = new Recovery();
  recovery.begin(0);
  recovery.moving();
  return recovery;
}

test('a connection that shows nothing for ten seconds is made anew, never restarted', () => {
  const recovery = new Recovery();
  recovery.begin(1_000);
  recovery.networkChanged();
  assert.equal(recovery.due(10_900, null), null);
  assert.equal(recovery.due(11_100, null), 'resume');
});

test('a film that moves is left alone', () => {
  assert.equal(live().due(60_000, 42), null);
  assert.equal(live().due(60_000, null), null, 'nobody expects frames of a paused film');
});

test('a picture that stands still is restarted once, and given up after three seconds', () => {
  const recovery = live();
  assert.equal(recovery.due(2_000, 1_900), null);
  assert.equal(recovery.due(2_200, 2_100), 'restart');
  assert.equal(recovery.due(2_400, 2_300), null);
  assert.equal(recovery.due(5_300, 5_200), 'resume');
});

test('a disconnected line is restarted after a moment, unless it comes back by itself', () => {
  const recovery = live();
  recovery.disconnected(1_000);
  recovery.disconnected(1_300);
  assert.equal(recovery.due(1_400, 100), null);
  recovery.connected();
  assert.equal(recovery.due(1_700, 100), null);
  recovery.disconnected(2_000);
  assert.equal(recovery.due(2_600, 300), 'restart');
  recovery.connected();
  recovery.moving();
  recovery.disconnected(9_000);
  assert.equal(recovery.due(9_600, 300), 'restart', 'the next trouble is repaired too');
});

test('another network is met by a restart at once, and a film that went on is not interrupted', () => {
  const recovery = live();
  recovery.networkChanged();
  assert.equal(recovery.due(100, 40), 'restart');
  recovery.refused();
  assert.equal(recovery.due(200, 40), null);
  assert.equal(recovery.due(20_000, 40), null);
  recovery.networkChanged();
  assert.equal(recovery.due(20_100, 40), 'restart');
});

test('who cannot restart is given up as soon as without restarts, and no sooner', () => {
  const still = live();
  assert.equal(still.due(2_200, 2_100), 'restart');
  still.refused();
  assert.equal(still.due(2_400, 2_300), null);
  assert.equal(still.due(4_200, 4_100), 'resume');
  const away = live();
  away.disconnected(1_000);
  assert.equal(away.due(1_600, null), 'restart');
  away.refused();
  assert.equal(away.due(2_400, null), null);
  assert.equal(away.due(2_600, null), 'resume');
});

test('hops count from the act by the way that it took, in the order of time', () => {
  const hops = hopTimes({
    acted: '2026-01-01T00:00:00Z',
    received: '2026-01-01T00:05:00.000Z',
    consumed: '2026-01-01T00:05:00.010Z',
    decided: '2026-01-01T00:05:00.220Z',
    rendered: '2026-01-01T00:05:00.200Z',
    sent: '2026-01-01T00:05:00.250Z',
    cooked: 'no time',
  });
  const steps = hopsOf({ hops, ackAfterS: 0.02, shownAfterS: 0.35 });
  assert.deepEqual(steps.map(({ name }) => name), ['received', 'consumed', 'rendered', 'decided', 'sent', 'shown']);
  assert.deepEqual(steps.map(({ afterS }) => Math.round(afterS * 1000)), [10, 20, 210, 230, 260, 350]);
  assert.deepEqual(hopsOf({ hops: hopTimes(undefined), ackAfterS: null, shownAfterS: null }), []);
  assert.deepEqual(hopTimes({ received: 'yesterday' }), {});
});

test('a link invites behind the #, and what is no invitation is none', () => {
  const link = invitationLink('http://films.test:8080/?a=1#old', { sessionId: 'a1', invitation: '17.ab-c_' });
  assert.equal(link, 'http://films.test:8080/?a=1#together=a1/17.ab-c_');
  assert.deepEqual(invitationIn(new URL(link).hash), { sessionId: 'a1', invitation: '17.ab-c_' });
  for (const hash of ['', '#', '#wall', '#together=', '#together=a1', '#together=../x', '#together=a/b/c', `#together=a/${'x'.repeat(300)}`]) {
    assert.equal(invitationIn(hash), null, hash);
  }
});

test('a vote is read with whatever is missing, and told only where several watch', () => {
  const [message] = readTimeline('{"choiceVotes": {"choiceId": "c", "votes": [{"optionId": "a", "count": 2}, {"optionId": "b"}], "watching": 3}}');
  assert.deepEqual(message, { kind: 'choiceVotes', choiceId: 'c', votes: [{ optionId: 'a', count: 2 }, { optionId: 'b', count: 0 }], watching: 3 });
  assert.equal(turnout(message), '2 of 3 have voted. Most votes win.');
  assert.equal(turnout({ votes: [], watching: 2 }), '2 watch. Most votes win.');
  assert.equal(turnout({ votes: [], watching: 1 }), '');
});
