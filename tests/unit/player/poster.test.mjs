import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HEIGHT, WIDTH, mix, motifOf, poster } from '../../../services/player/page/domain/poster.js';

const story = (storyId, title, logline = '') => ({ storyId, title, logline, themes: [] });

test('a story always has the same poster, and another story another one', () => {
  const first = story('red-silence', 'Red Silence', 'A dust storm on Mars');
  assert.deepEqual(poster(first), poster({ ...first }));
  assert.notDeepEqual(poster(first).shapes, poster({ ...first, storyId: 'red-silence-2' }).shapes);
});

test('the motif follows the words of the story', () => {
  assert.equal(motifOf(story('a', 'Dust', 'Two engineers on Mars')), 'dunes');
  assert.equal(motifOf(story('b', 'The Long Corridor', 'A robot wakes on a station')), 'corridor');
  assert.equal(motifOf(story('c', 'Tidewater', 'The keeper of a lighthouse by the sea')), 'sea');
  assert.equal(motifOf(story('d', 'Under the Ice')), 'ice');
  assert.equal(motifOf(story('e', 'Neon', 'A detective in a city of rain')), 'city');
  assert.equal(motifOf(story('xyz', 'Untold')), motifOf(story('xyz', 'Untold')));
});

test('every poster can be drawn: no number in it is broken', () => {
  for (const title of ['Mars', 'Station', 'Ocean', 'City', 'Glacier']) {
    const { shapes, sky } = poster(story(title.toLowerCase(), title));
    assert.ok(shapes.length > 20);
    assert.equal(sky.length, 3);
    assert.doesNotMatch(JSON.stringify(shapes), /NaN|null|undefined|Infinity/);
    for (const { width, height, r } of shapes) {
      for (const size of [width, height, r]) assert.ok(size === undefined || (size > 0 && size <= Math.max(WIDTH, HEIGHT)));
    }
  }
});

test('colours mix channel by channel', () => {
  assert.equal(mix('#000000', '#ff8000', 0.5), '#804000');
  assert.equal(mix('#102030', '#ffffff', 0), '#102030');
});
