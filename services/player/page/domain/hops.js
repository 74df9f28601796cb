// Where the time between an act and its picture went, from what a receipt says of its hops.

const HOPS = [
  ['received', 'reached the film'],
  ['consumed', 'came through the broker'],
  ['rendered', 'rendered'],
  ['decided', 'decided'],
  ['sent', 'sent'],
];

/** What a receipt says, as milliseconds since 1970 by name; what it does not say is left out. */
export function hopTimes(hops) {
  const pairs = HOPS.map(([name]) => [name, Date.parse(hops?.[name] ?? '')]);
  return Object.fromEntries(pairs.filter(([, atMs]) => Number.isFinite(atMs)));
}

/**
 * [{name, words, afterS}] in the order of time, seconds since the act. The film's clock is not the page's: the act is
 * taken to have reached the film after half the time that its acknowledgement needed.
 */
export function hopsOf({ hops, ackAfterS, shownAfterS }) {
  const known = HOPS.filter(([name]) => name in (hops ?? {}));
  const first = hops?.received;
  const steps = first === undefined ? [] : known.map(([name, words]) => ({ name, words, afterS: (ackAfterS ?? 0) / 2 + (hops[name] - first) / 1000 }));
  if (shownAfterS !== null && shownAfterS !== undefined) steps.push({ name: 'shown', words: 'on your screen', afterS: shownAfterS });
  return steps.sort((a, b) => a.afterS - b.afterS);
}
