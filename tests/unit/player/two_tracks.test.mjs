import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TwoTracks } from '../../../services/player/page/adapters/two_tracks.js';

class Parameter {
  value = null;
  setTargetAtTime(value) {
    this.value = value;
  }
}

class Node {
  to = [];
  constructor(parameters) {
    for (const name of parameters) this[name] = new Parameter();
  }
  connect(node) {
    this.to.push(node);
  }
}

class Context {
  state = 'suspended';
  currentTime = 0;
  destination = new Node([]);
  sources = [];
  resumed = 0;
  compressor = new Node(['threshold', 'knee', 'ratio', 'attack', 'release']);
  createDynamicsCompressor() {
    return this.compressor;
  }
  createGain() {
    return new Node(['gain']);
  }
  createMediaStreamSource(stream) {
    const source = new Node([]);
    this.sources.push({ stream, source });
    return source;
  }
  async resume() {
    this.resumed += 1;
  }
  async close() {
    this.state = 'closed';
  }
}

function desk() {
  globalThis.MediaStream = class {
    constructor(tracks) {
      this.tracks = tracks;
    }
  };
  const context = new Context();
  const elements = [];
  const makeElement = () => {
    const element = { played: false, play: async () => (element.played = true), pause: () => (element.played = false) };
    elements.push(element);
    return element;
  };
  const tracks = new TwoTracks('dialogue', 'bed', { makeContext: () => context, makeElement });
  const [said, around] = context.sources.map(({ source }) => source.to[0]);
  const out = context.compressor.to[0];
  return { context, elements, tracks, said, around, out };
}

test('each track has a gain of its own on its way out', () => {
  const { context, tracks, said, around, out } = desk();
  assert.deepEqual(context.sources.map(({ stream }) => stream.tracks), [['dialogue'], ['bed']]);
  tracks.level({ dialogue: 1.4, bed: 0.25, night: false, volume: 0.5 });
  assert.deepEqual([said.gain.value, around.gain.value, out.gain.value], [1.4, 0.25, 0.5]);
  assert.equal(context.compressor.ratio.value, 1);
  assert.deepEqual(said.to, [context.compressor]);
  assert.deepEqual(out.to, [context.destination]);
  assert.equal(context.resumed, 1);
});

test('the night presses what is loud and steps the bed back', () => {
  const { context, tracks, around } = desk();
  tracks.level({ dialogue: 1, bed: 1, night: true, volume: 1 });
  assert.ok(context.compressor.ratio.value > 2 && context.compressor.threshold.value < -20);
  assert.ok(around.gain.value < 1);
  tracks.level({ dialogue: 1, bed: 1, night: false, volume: 1 });
  assert.deepEqual([context.compressor.ratio.value, around.gain.value], [1, 1]);
});

test('elements pull the tracks silently, and everything is let go of', () => {
  const { context, elements, tracks } = desk();
  assert.deepEqual(elements.map(({ muted, played }) => [muted, played]), [[true, true], [true, true]]);
  tracks.close();
  assert.equal(context.state, 'closed');
  assert.deepEqual(elements.map(({ srcObject, played }) => [srcObject, played]), [[null, false], [null, false]]);
});
