// Dialogue and bed as two tracks, levelled on the way to the loudspeakers. Knows Web Audio, not where tracks come from.

const GLIDE_S = 0.03;
/** Loud parts come down by four to one from -30 dB on. The node itself lifts everything again, by 13.5 dB (Web Audio
 * API, 1.19.4), of which 3 are taken back: speech stays where it was, whispers come up, bangs go down. */
const NIGHT = { threshold: -30, knee: 12, ratio: 4, attack: 0.004, release: 0.3 };
const NIGHT_GAIN = 0.7;
const NIGHT_BED = 0.5;
const PLAIN = { threshold: 0, knee: 0, ratio: 1, attack: 0.003, release: 0.25 };

/** levels: {dialogue, bed} as linear gains, night: bool, volume: 0..1. */
export class TwoTracks {
  #context;
  #elements;
  #gains;
  #night;
  #out;

  constructor(dialogue, bed, { makeContext = () => new AudioContext({ latencyHint: 'interactive' }), makeElement = () => new Audio() } = {}) {
    this.#context = makeContext();
    this.#night = this.#context.createDynamicsCompressor();
    this.#out = this.#context.createGain();
    this.#night.connect(this.#out);
    this.#out.connect(this.#context.destination);
    // Chromium gives a remote track to Web Audio only while an element plays it too.
    this.#elements = [dialogue, bed].map((track) => this.#pulled(track, makeElement()));
    const [said, around] = [dialogue, bed].map((track) => this.#entered(track));
    this.#gains = { dialogue: said, bed: around };
  }

  level({ dialogue, bed, night, volume }) {
    this.#glide(this.#gains.dialogue.gain, dialogue);
    this.#glide(this.#gains.bed.gain, bed * (night ? NIGHT_BED : 1));
    this.#glide(this.#out.gain, volume * (night ? NIGHT_GAIN : 1));
    for (const [name, value] of Object.entries(night ? NIGHT : PLAIN)) this.#glide(this.#night[name], value);
    if (this.#context.state === 'suspended') this.#context.resume().catch(() => {});
  }

  /** Loudness of what enters and of what leaves, as root mean squares: {dialogue, bed, out}. */
  measure() {
    return Object.fromEntries(Object.entries(this.#meters()).map(([name, analyser]) => [name, loudness(analyser)]));
  }

  close() {
    for (const element of this.#elements) {
      element.pause();
      element.srcObject = null;
    }
    this.#context.close().catch(() => {});
  }

  #meters() {
    this.meters ??= Object.fromEntries(
      Object.entries({ ...this.#gains, out: this.#out }).map(([name, node]) => {
        const analyser = this.#context.createAnalyser();
        analyser.fftSize = 32768;
        node.connect(analyser);
        return [name, analyser];
      }),
    );
    return this.meters;
  }

  #pulled(track, element) {
    element.muted = true;
    element.srcObject = new MediaStream([track]);
    element.play?.()?.catch?.(() => {});
    return element;
  }

  #entered(track) {
    const gain = this.#context.createGain();
    this.#context.createMediaStreamSource(new MediaStream([track])).connect(gain);
    gain.connect(this.#night);
    return gain;
  }

  #glide(parameter, value) {
    parameter.setTargetAtTime(value, this.#context.currentTime, GLIDE_S);
  }
}

function loudness(analyser) {
  const samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  return Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
}
