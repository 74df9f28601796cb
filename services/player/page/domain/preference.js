// What a viewer can do, as a preference event on the wire.

export const EMOTIONS = ['love', 'wow', 'laugh', 'tense', 'bored', 'sad'];
export const DIALS = ['tension', 'pace', 'humour', 'science'];
export const FREE_TEXT_LIMIT = 280;

const WORDS = {
  love: 'Love',
  wow: 'Wow',
  laugh: 'Laugh',
  tense: 'Tense',
  bored: 'Bored',
  sad: 'Sad',
};

/**
 * act: one of {emoji}, {dial}, {choice}, {freeText}, {skip}, {rewind}, {pause}, {resume}, {volume}, {visibility},
 * {calm}, {shown}. eventId makes sending it twice harmless.
 */
export function preferenceEvent(act, eventId, date) {
  return { eventId, actedAt: date.toISOString(), ...act };
}

export function kindOf(act) {
  return Object.keys(act)[0];
}

/** What the viewer did in a few words, for the list of events. */
export function labelOf(act) {
  const kind = kindOf(act);
  const value = act[kind];
  switch (kind) {
    case 'emoji':
      return WORDS[value.name] ?? value.name;
    case 'dial':
      return `${capital(value.name)} ${signed(value.value)}`;
    case 'choice':
      return `Chose “${value.optionId}”`;
    case 'freeText':
      return `Said “${value.text}”`;
    case 'calm':
      return value.on ? 'Calm on' : 'Calm off';
    case 'skip':
      return 'Skipped the scene';
    case 'rewind':
      return 'Went back';
    default:
      return capital(kind);
  }
}

/** Acts that the viewer means as an answer to the film, and that the list of events shows. */
export function isAnswer(act) {
  return ['emoji', 'dial', 'choice', 'freeText', 'skip', 'rewind', 'calm'].includes(kindOf(act));
}

/** Why `text` cannot be sent, in words for the viewer, or "" when it can. */
export function refusalOfText(text) {
  const length = [...text.trim()].length;
  if (length === 0) return 'Write a few words first.';
  if (length > FREE_TEXT_LIMIT) return `That is ${length - FREE_TEXT_LIMIT} characters too long.`;
  return '';
}

function capital(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function signed(value) {
  const rounded = Math.round(value * 100);
  return rounded > 0 ? `+${rounded}` : rounded < 0 ? `−${-rounded}` : '0';
}
