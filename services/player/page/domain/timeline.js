// Messages from the film, in one shape: {kind, ...}. What is not known is left out, never guessed.

import { momentFrom } from './rtp.js';

const READERS = {
  hello: (m) => ({ sessionId: m.sessionId, title: m.title ?? '', frameIndex: count(m.frameIndex), rtp: momentFrom(m.rtpTimestamp) }),
  ack: (m) => ({ eventId: m.eventId }),
  shotStarted: (m) => ({
    shotId: m.shotId ?? '',
    sceneId: m.sceneId ?? '',
    beatTitle: m.beatTitle ?? '',
    place: m.place ?? '',
    takeId: m.takeId ?? '',
    frameIndex: count(m.frameIndex),
    rtp: momentFrom(m.rtpTimestamp),
  }),
  caption: (m) => ({
    cueId: m.cueId ?? '',
    speaker: m.speaker ?? '',
    text: m.text ?? '',
    sound: Boolean(m.sound),
    start: momentFrom(m.startRtpTimestamp),
    end: momentFrom(m.endRtpTimestamp),
  }),
  choiceOffered: (m) => ({
    choiceId: m.choiceId,
    prompt: m.prompt ?? '',
    options: (m.options ?? []).map(({ optionId, label }) => ({ optionId, label: label ?? optionId })),
    countdownS: Math.max(0, Number(m.countdownS) || 0),
    defaultOptionId: m.defaultOptionId ?? '',
  }),
  choiceVotes: (m) => ({
    choiceId: m.choiceId,
    votes: (m.votes ?? []).map(({ optionId, count: cast }) => ({ optionId, count: count(cast) })),
    watching: count(m.watching),
  }),
  choiceClosed: (m) => ({ choiceId: m.choiceId, optionId: m.optionId ?? '' }),
  // Enum values travel with their type's name in front (protobuf's JSON mapping).
  receipt: (m) => ({ receipt: { ...m, outcome: word(m.outcome, 'OUTCOME_'), depth: word(m.depth, 'DEPTH_') } }),
  why: (m) => ({
    text: m.text ?? '',
    terms: (m.terms ?? []).map(({ name, value }) => ({ name: name ?? '', value: Number(value) || 0 })),
  }),
  hold: (m) => ({ active: Boolean(m.active) }),
  ended: (m) => ({ endingTitle: m.endingTitle ?? '' }),
  error: (m) => ({ code: m.code ?? '', message: m.message ?? '', field: m.field ?? '' }),
};

/** The messages in `text` (JSON); empty when it is none we know, or no JSON at all. */
export function readTimeline(text) {
  let message;
  try {
    message = JSON.parse(text);
  } catch {
    return [];
  }
  if (message === null || typeof message !== 'object') return [];
  return Object.keys(READERS)
    .filter((kind) => message[kind] !== null && typeof message[kind] === 'object')
    .map((kind) => ({ kind, ...READERS[kind](message[kind]) }));
}

function count(value) {
  const number = Number(value ?? 0);
  return Number.isInteger(number) ? number : 0;
}

function word(value, prefix) {
  return typeof value === 'string' ? value.replace(prefix, '') : null;
}
