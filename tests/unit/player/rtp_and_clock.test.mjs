import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CaptionTrack, readingTimeS } from '../../../services/player/page/domain/captions.js';
import { FilmClock } from '../../../services/player/page/domain/film_clock.js';
import { hasReached, later, momentFrom, ticksBetween } from '../../../services/player/page/domain/rtp.js';
import { Schedule } from '../../../services/player/page/domain/schedule.js';
import { StallCounter } from '../../../services/player/page/domain/stalls.js';

const WRAP = 2 ** 32;

test('moments compare across the wrap of 32 bits', () => {
  assert.equal(ticksBetween(WRAP - 1000, 2750), 3750);
  assert.equal(ticksBetween(2750, WRAP - 1000), -3750);
  assert.ok(hasReached(5, WRAP - 5));
  assert.ok(!hasReached(WRAP - 5, 5));
  assert.ok(hasReached(7, 7));
  assert.equal(later(WRAP - 45_000, 1), 45_000);
});

test('a moment is read from a number or a string, and from nothing else', () => {
  assert.equal(momentFrom('4294967295'), WRAP - 1);
  assert.equal(momentFrom(0), 0);
  for (const none of [undefined, null, '', 'soon', -1, WRAP, 1.5]) assert.equal(momentFrom(none), null);
});

test('the clock is the frame shown last, and finds the first frame at or after a moment', () => {
  const clock = new FilmClock();
  assert.equal(clock.now(0), null);
  clock.frameShown(WRAP - 3750, 1000);
  clock.frameShown(0, 1042);
  clock.frameShown(7500, 1125);
  assert.equal(clock.now(9999), 7500);
  assert.deepEqual(clock.firstShownFrom(3750), { rtp: 7500, shownAtMs: 1125 });
  assert.deepEqual(clock.firstShownFrom(0), { rtp: 0, shownAtMs: 1042 });
  assert.equal(clock.firstShownFrom(11_250), null);
});

test('the clock does not guess when the first frame has been forgotten', () => {
  const clock = new FilmClock();
  for (let frame = 0; frame < 600; frame += 1) clock.frameShown(frame * 3750, frame * 42);
  assert.equal(clock.firstShownFrom(10 * 3750), null);
  assert.equal(clock.firstShownFrom(300 * 3750).rtp, 300 * 3750);
});

test('without timestamps the clock runs from the anchor and stands while paused', () => {
  const clock = new FilmClock();
  clock.anchor(90_000, 1000);
  assert.equal(clock.now(2000), 180_000);
  clock.pause(2000);
  assert.equal(clock.now(7000), 180_000);
  clock.resume(7000);
  assert.equal(clock.now(8000), 270_000);
  assert.equal(clock.exact, false);
  clock.reset();
  assert.equal(clock.now(8000), null);
});

test('what is announced ahead comes due in the order of the film', () => {
  const schedule = new Schedule();
  schedule.add(200, 'second');
  schedule.add(WRAP - 100, 'first');
  schedule.add(900, 'third');
  assert.deepEqual(schedule.due(WRAP - 200), []);
  assert.deepEqual(schedule.due(250), ['first', 'second']);
  assert.deepEqual(schedule.due(null), ['third']);
  assert.deepEqual(schedule.due(null), []);
});

test('a full schedule drops the oldest and counts it', () => {
  const schedule = new Schedule();
  for (let index = 0; index < 300; index += 1) schedule.add(index, index);
  assert.equal(schedule.dropped, 44);
  assert.equal(schedule.due(1000)[0], 44);
});

const cue = (cueId, start, end, text = cueId) => ({ cueId, speaker: 'Mara', text, sound: false, start, end });

test('a caption ends when the next begins, even before its own end', () => {
  const track = new CaptionTrack();
  track.add(cue('one', 100, 1000), 0);
  track.add(cue('two', 500, 900), 0);
  assert.equal(track.at(50), null);
  assert.equal(track.at(100).cueId, 'one');
  assert.equal(track.at(499).cueId, 'one');
  assert.equal(track.at(500).cueId, 'two');
  assert.equal(track.at(900), null);
  assert.equal(track.at(950), null, 'the first one does not come back');
});

test('captions that arrive out of order are shown in order', () => {
  const track = new CaptionTrack();
  track.add(cue('two', 500, 900), 0);
  track.add(cue('one', 100, 1000), 0);
  assert.equal(track.at(200).cueId, 'one');
  assert.equal(track.at(600).cueId, 'two');
});

test('a corrected caption replaces the one with its id', () => {
  const track = new CaptionTrack();
  track.add(cue('one', 100, 1000, 'helo'), 0);
  track.add(cue('one', 100, 1000, 'hello'), 0);
  assert.equal(track.at(100).text, 'hello');
});

test('a caption without times is shown on arrival for as long as it takes to read', () => {
  const track = new CaptionTrack();
  track.add(cue('one', null, null, 'a b c d e f g h i j'), 90_000);
  assert.equal(track.at(90_000).cueId, 'one');
  assert.equal(track.at(later(90_000, readingTimeS('a b c d e f g h i j'))), null);
});

test('a stall is a gap of more than half a second that nobody asked for', () => {
  const stalls = new StallCounter();
  for (const at of [0, 42, 84, 700, 742]) stalls.frameShown(at);
  assert.equal(stalls.count, 1);
  assert.equal(stalls.totalS, 0.616);
  stalls.interrupt();
  stalls.frameShown(60_000);
  assert.equal(stalls.count, 1);
  assert.equal(stalls.stillForMs(60_100), 100);
});

test('a caption that was withdrawn is not shown, and hides none that is', () => {
  const track = new CaptionTrack();
  const cue = (cueId, start, end) => ({ cueId, speaker: 'Ann', text: `words of ${cueId}`, sound: false, start, end });
  track.add(cue('skipped', 9000, 18_000), 0);
  track.add(cue('shown', 3000, 20_000), 0);
  track.add(cue('skipped', 9000, 9000), 0);
  assert.equal(track.at(4000).cueId, 'shown');
  assert.equal(track.at(10_000).cueId, 'shown');
  assert.equal(track.at(21_000), null);
});
