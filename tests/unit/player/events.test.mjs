import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Backoff } from '../../../services/player/page/domain/backoff.js';
import { FilmClock } from '../../../services/player/page/domain/film_clock.js';
import { Ledger, median } from '../../../services/player/page/domain/ledger.js';
import { Outbox } from '../../../services/player/page/domain/outbox.js';
import { isAnswer, labelOf, preferenceEvent, refusalOfText } from '../../../services/player/page/domain/preference.js';
import { readTimeline } from '../../../services/player/page/domain/timeline.js';

class Timers {
  waiting = new Map();
  #next = 1;

  set(callback) {
    this.waiting.set(this.#next, callback);
    return this.#next++;
  }

  clear(id) {
    this.waiting.delete(id);
  }

  async elapse() {
    const due = [...this.waiting.values()];
    this.waiting.clear();
    await Promise.all(due.map((callback) => callback()));
  }
}

class Channel {
  sent = [];
  broken = false;

  send(text) {
    if (this.broken) throw Object.assign(new Error('closed'), { name: 'InvalidStateError' });
    this.sent.push(JSON.parse(text).eventId);
  }
}

function outbox(post = async () => {}) {
  const timers = new Timers();
  const told = { safe: [], refused: [] };
  const box = new Outbox({ post, timers, onSafe: (id) => told.safe.push(id), onRefused: (id) => told.refused.push(id) });
  return { box, timers, told };
}

test('an event carries its id, its time and one act', () => {
  const event = preferenceEvent({ emoji: { name: 'wow' } }, 'id-1', new Date(0));
  assert.deepEqual(event, { eventId: 'id-1', actedAt: '1970-01-01T00:00:00.000Z', emoji: { name: 'wow' } });
  assert.ok(isAnswer({ dial: { name: 'pace', value: 0 } }));
  assert.ok(!isAnswer({ volume: { level: 1 } }));
  assert.equal(labelOf({ dial: { name: 'tension', value: -0.35 } }), 'Tension −35');
});

test('free text is refused when empty or over 280 characters, counted as people count', () => {
  assert.notEqual(refusalOfText('   '), '');
  assert.equal(refusalOfText('😀'.repeat(280)), '');
  assert.match(refusalOfText('x'.repeat(283)), /3 characters/);
});

test('an open channel carries an event; the acknowledgement makes it safe', () => {
  const { box, timers, told } = outbox();
  const channel = new Channel();
  box.open(channel);
  box.send({ eventId: 'a' });
  assert.deepEqual(channel.sent, ['a']);
  assert.equal(timers.waiting.size, 0);
  assert.equal(box.waiting, 1);
  box.safe('a');
  assert.equal(box.waiting, 0);
  assert.deepEqual(told.safe, ['a']);
});

test('a channel that opens in time takes what waited, and HTTP is not asked', async () => {
  const posted = [];
  const { box, timers } = outbox(async (event) => posted.push(event.eventId));
  box.send({ eventId: 'a' });
  const channel = new Channel();
  box.open(channel);
  await timers.elapse();
  assert.deepEqual(channel.sent, ['a']);
  assert.deepEqual(posted, []);
});

test('an event goes by HTTP when the channel does not open', async () => {
  const posted = [];
  const { box, timers, told } = outbox(async (event) => posted.push(event.eventId));
  box.send({ eventId: 'a' });
  await timers.elapse();
  assert.deepEqual(posted, ['a']);
  assert.deepEqual(told.safe, ['a']);
});

test('HTTP is tried again after a failure that may pass, and not after a refusal', async () => {
  let answers = [{ retryable: true }, null];
  const { box, timers, told } = outbox(async () => {
    const failure = answers.shift();
    if (failure) throw Object.assign(new Error('no'), failure);
  });
  box.send({ eventId: 'a' });
  await timers.elapse();
  assert.equal(box.waiting, 1);
  await timers.elapse();
  assert.deepEqual(told.safe, ['a']);
  answers = [{ retryable: false }];
  box.send({ eventId: 'b' });
  await timers.elapse();
  assert.deepEqual(told.refused, ['b']);
  assert.equal(box.waiting, 0);
});

test('what was not acknowledged is sent again over the next channel', () => {
  const { box } = outbox();
  box.open(new Channel());
  box.send({ eventId: 'a' });
  box.send({ eventId: 'b' });
  box.safe('a');
  box.close();
  const next = new Channel();
  box.open(next);
  assert.deepEqual(next.sent, ['b']);
});

test('a channel that breaks under an event leaves it to HTTP', async () => {
  const posted = [];
  const { box, timers } = outbox(async (event) => posted.push(event.eventId));
  const channel = new Channel();
  box.open(channel);
  channel.broken = true;
  box.send({ eventId: 'a' });
  await timers.elapse();
  assert.deepEqual(posted, ['a']);
  assert.equal(box.ask({ askWhy: {} }), false);
});

test('the outbox is bounded and counts what it drops', () => {
  const { box } = outbox();
  for (let index = 0; index < 70; index += 1) box.send({ eventId: `e${index}` });
  assert.equal(box.waiting, 64);
  assert.equal(box.dropped, 6);
});

const receipt = (more) => ({ eventId: 'a', outcome: 'APPLIED', depth: 'GRADE', firstRtpTimestamp: 7500, explanation: 'The storm answers you', ...more });

test('a receipt is settled by the first frame at or after its timestamp', () => {
  const ledger = new Ledger();
  const clock = new FilmClock();
  ledger.acted('a', 'emoji', 'Wow', 1000);
  ledger.acknowledged('a', 1012);
  ledger.received(receipt());
  clock.frameShown(3750, 1200);
  assert.deepEqual(ledger.settle(clock), []);
  clock.frameShown(11_250, 1300);
  const [entry] = ledger.settle(clock);
  assert.equal(entry.shownAfterS, 0.3);
  assert.equal(entry.shownRtp, 11_250);
  assert.equal(entry.ackAfterS, 0.012);
  assert.deepEqual(ledger.settle(clock), [], 'told once');
});

test('a receipt that comes after its frame was shown is settled by that frame', () => {
  const ledger = new Ledger();
  const clock = new FilmClock();
  ledger.acted('a', 'emoji', 'Wow', 1000);
  for (const [rtp, at] of [[3750, 1100], [7500, 1142], [11_250, 1184]]) clock.frameShown(rtp, at);
  ledger.received(receipt());
  assert.equal(ledger.settle(clock)[0].shownAfterS, 0.142);
});

test('refusals, receipts without a frame and lost connections wait for no frame', () => {
  const ledger = new Ledger();
  const clock = new FilmClock();
  clock.frameShown(9000, 10);
  ledger.acted('a', 'freeText', 'Said', 0);
  ledger.received(receipt({ outcome: 'REFUSED', depth: 'NONE' }));
  assert.deepEqual(ledger.settle(clock), []);
  ledger.received(receipt({ outcome: 'DEFERRED' }));
  ledger.received(receipt({ firstRtpTimestamp: undefined }));
  assert.deepEqual(ledger.settle(clock), []);
  ledger.received(receipt());
  ledger.forgetPending();
  assert.deepEqual(ledger.settle(clock), []);
});

test('a receipt for an act from elsewhere is listed without a time', () => {
  const ledger = new Ledger();
  const clock = new FilmClock();
  clock.frameShown(7500, 10);
  ledger.received(receipt({ eventId: 'partner' }));
  assert.equal(ledger.settle(clock)[0].shownAfterS, null);
});

test('the ledger lists the newest first and keeps a hundred', () => {
  const ledger = new Ledger();
  for (let index = 0; index < 120; index += 1) ledger.acted(`e${index}`, 'emoji', 'Wow', index);
  assert.equal(ledger.entries.length, 100);
  assert.equal(ledger.entries[0].eventId, 'e119');
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([]), null);
});

test('waiting doubles with jitter up to a limit, and never undercuts the server', () => {
  const least = new Backoff({ firstMs: 100, mostMs: 400, random: () => 0 });
  assert.deepEqual([least.next(), least.next(), least.next(), least.next()], [50, 100, 200, 200]);
  const most = new Backoff({ firstMs: 100, mostMs: 400, random: () => 1 });
  assert.deepEqual([most.next(), most.next(7)], [100, 7000]);
  most.reset();
  assert.equal(most.next(), 100);
});

test('timeline messages are read in one shape, int64 strings too', () => {
  const [hello] = readTimeline('{"hello":{"sessionId":"s","frameIndex":"48","rtpTimestamp":"4294967295"}}');
  assert.deepEqual(hello, { kind: 'hello', sessionId: 's', title: '', frameIndex: 48, rtp: 4294967295 });
  const [offer] = readTimeline('{"choiceOffered":{"choiceId":"c","prompt":"?","options":[{"optionId":"x"}],"countdownS":-3}}');
  assert.deepEqual(offer.options, [{ optionId: 'x', label: 'x' }]);
  assert.equal(offer.countdownS, 0);
});

test('what is unknown or broken is ignored', () => {
  assert.deepEqual(readTimeline('{"novelty":{"a":1}}'), []);
  assert.deepEqual(readTimeline('not json'), []);
  assert.deepEqual(readTimeline('null'), []);
  assert.deepEqual(readTimeline('[]'), []);
  assert.deepEqual(readTimeline('{"ack":"text"}'), []);
  assert.equal(readTimeline('{"ack":{"eventId":"e","more":1},"novelty":{}}').length, 1);
});
