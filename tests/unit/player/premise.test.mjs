// What the page says of a premise, and which captions it marks as fact.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FactSheet, safeUrl } from '../../../services/player/page/domain/facts.js';
import { MOST, faultOf, sized, sorted, verdict } from '../../../services/player/page/domain/premise.js';

const part = (text, use) => ({ text, use, note: '' });

test('a premise needs a few words and not too many', () => {
  assert.match(faultOf(''), /words/);
  assert.match(faultOf('   a    b   '), /words/);
  assert.equal(faultOf('a ghost on Mars'), '');
  assert.equal(faultOf('x'.repeat(MOST)), '');
  assert.match(faultOf('x'.repeat(MOST + 1)), /600/);
});

test('what could not be used is named', () => {
  assert.match(verdict([part('Mars', 'used')]), /Everything/);
  assert.equal(verdict([part('Mars', 'used'), part('dragon', 'unused')]), 'It could not use “dragon”.');
  assert.match(verdict([part('a', 'used'), part('b', 'unused'), part('c', 'unused'), part('d', 'unused')]), /“b”, “c” and “d”/);
  assert.match(verdict([part('dragon', 'unused')]), /none of your words/);
  assert.match(verdict(undefined), /none of your words/);
  assert.deepEqual(sorted([part('a', 'told_as')]).told.map(({ text }) => text), ['a']);
});

test('the size is told in plain words', () => {
  assert.equal(sized({ beatCount: 24, endingCount: 3, factCount: 0 }), '24 scenes, 3 endings');
  assert.match(sized({ beatCount: 24, endingCount: 3, factCount: 1 }), /1 fact with its source$/);
});

const SHEET = { facts: [{ id: 'blue', lines: ['The sun is going down, and all around it the sky is blue.'] }], fiction: ['Ada.'] };

test('a caption that is part of a cited line is a fact, whatever its marks and capitals', () => {
  const sheet = new FactSheet(SHEET);
  assert.equal(sheet.factOf('The sun is going down, and all around it the sky is blue.').id, 'blue');
  assert.equal(sheet.factOf('and all around it the sky is blue').id, 'blue');
  assert.equal(sheet.factOf('The sky is red.'), null);
});

test('a caption of a word or two is marked only where it is the whole line', () => {
  const sheet = new FactSheet({ facts: [{ id: 'a', lines: ['The sun.', 'It is the sun that does it.'] }] });
  assert.equal(sheet.factOf('the sun').id, 'a');
  assert.equal(sheet.factOf('does it'), null);
  assert.equal(sheet.factOf(''), null);
  assert.equal(sheet.factOf(undefined), null);
});

test('a story without sources has an empty sheet', () => {
  assert.equal(new FactSheet(null).empty, true);
  assert.equal(new FactSheet(null).factOf('The sun is going down'), null);
});

test('only https may be opened', () => {
  assert.equal(safeUrl('https://doi.org/10.1/x'), 'https://doi.org/10.1/x');
  for (const bad of ['javascript:alert(1)', 'http://example.org', 'data:text/html,x', '', 'doi:10.1']) assert.equal(safeUrl(bad), null);
});
