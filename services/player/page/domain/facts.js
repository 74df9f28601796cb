// Which of a film's words are fact: a story's sources, and the lines that rest on them. Knows no document.

const LEAST_LETTERS = 12;

export class FactSheet {
  #facts;
  #lines;

  /** sheet: {facts: [{id, claim, citation, url, scenes, lines}], fiction: [text]}, or null for a story without sources. */
  constructor(sheet) {
    this.#facts = sheet?.facts ?? [];
    this.fiction = sheet?.fiction ?? [];
    this.#lines = this.#facts.flatMap((fact) => fact.lines.map((line) => [plain(line), fact]));
  }

  get facts() {
    return this.#facts;
  }

  get empty() {
    return this.#facts.length === 0;
  }

  /** The fact that a caption states, or null. A caption is part of a line, so very short ones are told nothing of. */
  factOf(caption) {
    const said = plain(caption ?? '');
    if (!said) return null;
    const whole = this.#lines.find(([line]) => line === said);
    if (whole) return whole[1];
    if (said.length < LEAST_LETTERS) return null;
    return this.#lines.find(([line]) => line.includes(said))?.[1] ?? null;
  }
}

function plain(text) {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, ' ').trim();
}

/** Only an https address may be opened. */
export function safeUrl(url) {
  try {
    return new URL(url).protocol === 'https:' ? url : null;
  } catch {
    return null;
  }
}
