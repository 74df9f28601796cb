// A premise that a viewer types: whether it can be sent, and what the film made of it, in words. Knows no document.

export const LEAST = 8;
export const MOST = 600;

export const EXAMPLES = [
  'A Mars survival story involving AI robots and alien technology',
  'A deep-sea mystery: why did the crew of an underwater station disappear?',
  'A heist against a rogue network that keeps everyone’s secrets',
  'A children’s tour of the planets with a nervous guide',
];

/** What is wrong with a premise before it is sent, or ''. */
export function faultOf(text) {
  const length = text.trim().replace(/\s+/g, ' ').length;
  if (length < LEAST) return 'A few words more: who, where, what happens?';
  if (length > MOST) return `At most ${MOST} characters.`;
  return '';
}

/** {used: [part], told: [part], unused: [part]} in the premise's order. */
export function sorted(parts) {
  const of = (use) => (parts ?? []).filter((part) => part.use === use);
  return { used: of('used'), told: of('told_as'), unused: of('unused') };
}

/** One plain sentence on how much of the premise the story could use. */
export function verdict(parts) {
  const { used, told, unused } = sorted(parts);
  if (!used.length && !told.length) return 'It could use none of your words: this is a story of its own.';
  if (!unused.length) return 'Everything you asked for has a place in it.';
  return `It could not use ${listed(unused.map(({ text }) => `“${text}”`))}.`;
}

function listed(items) {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** "24 scenes, 3 endings, 7 facts with sources". */
export function sized({ beatCount, endingCount, factCount }) {
  const told = [`${beatCount} scenes`, `${endingCount} endings`];
  if (factCount) told.push(factCount === 1 ? '1 fact with its source' : `${factCount} facts with their sources`);
  return told.join(', ');
}
