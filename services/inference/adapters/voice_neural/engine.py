"""NeuralVoice: speaks a line in one of the designed voices. Knows how the parts go together, not what they do."""

from __future__ import annotations

import hashlib
import logging
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import soxr

from services.inference.adapters.voice_neural.chain import Shelf, lead_s, tail_s
from services.inference.adapters.voice_neural.designs import Designs, Emotion, VoiceDesign, designs_text, manner_of
from services.inference.adapters.voice_neural.loudness import SPEECH_LUFS, levelled
from services.inference.adapters.voice_neural.model_files import ModelFile, pinned_files
from services.inference.adapters.voice_neural.phonemiser import SENTENCE_ENDS, Phonemiser, Sentence
from services.inference.adapters.voice_neural.phones import PhoneTable, phones_text
from services.inference.adapters.voice_neural.speaker_hibari import HibariSpeaker
from services.inference.adapters.voice_neural.speaker_joe import JoeSpeaker
from services.inference.adapters.voice_neural.speaker_kokoro import FORMANT_SCALES, KokoroNetwork, KokoroSpeaker
from services.inference.adapters.voice_neural.speakers import Floats, Manner, Speaker
from services.inference.adapters.voice_neural.spoken_form import Lexicon, SpokenWord, lexicon_text
from services.inference.adapters.voice_neural.timing import (
    Sounding,
    soundings_of,
    speech_span,
    stretch_pauses,
    visemes_of,
    words_of,
)
from services.inference.domain.errors import EngineUnavailable, InvalidAsk, UnknownName
from services.inference.domain.speech import Speech
from services.inference.domain.timebase import SAMPLE_RATE_HZ

LONGEST_TEXT = 400
SLOWEST_PACE, FASTEST_PACE = 0.5, 2.0
HEAD_S, TAIL_S = 0.03, 0.06
SENTENCE_GAP_S, CLAUSE_GAP_S = 0.34, 0.08
EASE_S = 0.008
BRIGHT_FROM_HZ = 2_200.0
REVISION = "voice_neural/3"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Dry:
    """A line as spoken, before its chain: pcm (samples,) at the speaker's rate."""

    pcm: Floats
    rate_hz: int
    soundings: tuple[Sounding, ...]


ADULT_FORMANT_SCALES = {
    HibariSpeaker.name: HibariSpeaker.formant_scale,
    JoeSpeaker.name: JoeSpeaker.formant_scale,
    **FORMANT_SCALES,
}


class NeuralVoice:
    """Voice engine of the laptop lineup; safe to call from several threads.

    A voice may be carried by another one's chain: "engineer+radio" is the engineer heard over the radio.
    """

    def __init__(
        self,
        designs: Designs,
        lexicon: Lexicon,
        phones: PhoneTable,
        phonemiser: Phonemiser,
        speakers: Mapping[str, Speaker],
    ) -> None:
        """speakers: by name, at least one; designs whose speaker is missing get the nearest one there is."""
        if not speakers:
            raise EngineUnavailable("voice_neural: no speaker could be loaded")
        self._voices: dict[str, VoiceDesign] = {}
        self._fallbacks: dict[str, str] = {}
        self._emotions = designs.emotions
        self._lexicon, self._phones, self._phonemiser = lexicon, phones, phonemiser
        self._speakers = dict(speakers)
        for name, design in designs.voices.items():
            self._voices[name] = self._with_available_speaker(design)
        self.fingerprint = self._fingerprint()

    @classmethod
    def load(cls, threads: int = 1, device: str = "cpu", everyone: bool = False) -> NeuralVoice:
        """Read, check and open every model; some seconds. Raises EngineUnavailable when no voice at all can be made.

        device: where Kokoro runs, "cpu" or "cuda". everyone: it speaks for all, also for parts designed for others.
        """
        phones = PhoneTable.load()
        pins = pinned_files()
        phonemiser = Phonemiser.load(tuple(pin for name, pin in pins.items() if name.startswith("phonemiser_")), phones)
        speakers: dict[str, Speaker] = {}
        loaders: dict[str, Callable[[], Mapping[str, Speaker]]] = {
            "hibari": lambda: {"hibari": HibariSpeaker.load(pins["hibari_model"], pins["hibari_vocabulary"], threads)},
            "joe": lambda: {"joe": JoeSpeaker.load(pins["joe_model"], pins["joe_settings"], phones, threads)},
            "kokoro": lambda: _kokoro(pins, threads, device),
        }
        if everyone:
            loaders = {"kokoro": loaders["kokoro"]}
        for name, load in loaders.items():
            try:
                speakers.update(load())
            except EngineUnavailable as error:
                _log.warning("speaker %s cannot be loaded: %s", name, error)
        designs = _recast(Designs.load(), speakers) if everyone and speakers else Designs.load()
        return cls(designs, Lexicon.load(), phones, phonemiser, speakers)

    def known_voices(self) -> tuple[str, ...]:
        return tuple(self._voices)

    def known_emotions(self) -> tuple[str, ...]:
        """Names that `emotion` may take."""
        return tuple(self._emotions)

    def fallbacks(self) -> dict[str, str]:
        """Voices that are not made from the speaker they were designed for, each with a sentence that says so."""
        return dict(self._fallbacks)

    def speak(self, text: str, voice: str, emotion: str, pace: float) -> Speech:
        """Word and mouth times come from the speaker's own predicted durations."""
        words, sentences = self._read(text, voice, emotion, pace)
        design, feeling = self._design(voice), self._emotions[emotion]
        seed = zlib.crc32(f"{voice}|{emotion}|{pace:.4f}|{text}".encode())
        dry, spoken_by = self._said_by_someone(sentences, design, feeling, pace, seed)
        pcm, start = _through_chain(dry, design, feeling, seed)
        ratio = SAMPLE_RATE_HZ / dry.rate_hz
        soundings = [sounding.moved(ratio, start) for sounding in dry.soundings]
        return Speech(
            pcm=pcm,
            words=words_of([word.written for word in words], soundings),
            visemes=visemes_of(soundings, self._phones, len(pcm), SAMPLE_RATE_HZ),
            voice=f"{voice}@{spoken_by}" if spoken_by else voice,
        )

    def _said_by_someone(
        self, sentences: tuple[Sentence, ...], design: VoiceDesign, feeling: Emotion, pace: float, seed: int
    ) -> tuple[Dry, str]:
        """(the line, "" or who stood in for the speaker it was designed for)."""
        stood_in = design.speaker if design.speaker != design.designed_for else ""
        try:
            return self._say(sentences, design, feeling, pace, seed), stood_in
        except Exception as error:
            # What a model runtime raises has no type of its own.
            stand_in = self._nearest(design.speaker)
            _log.warning("%s failed for %s, %s speaks: %r", design.speaker, design.name, stand_in.name, error)
            replaced = _spoken_by(design, stand_in)
            return self._say(sentences, replaced, feeling, pace, seed), stand_in.name

    def _design(self, voice: str) -> VoiceDesign:
        """The design of a voice; "engineer+radio" is the engineer's voice through the radio's chain."""
        name, _, treatment = voice.partition("+")
        for part in (name, *((treatment,) if treatment else ())):
            if part not in self._voices:
                raise UnknownName("voice", part, self.known_voices())
        design = self._voices[name]
        return design.through(self._voices[treatment]) if treatment else design

    def _read(
        self, text: str, voice: str, emotion: str, pace: float
    ) -> tuple[tuple[SpokenWord, ...], tuple[Sentence, ...]]:
        self._design(voice)
        if emotion not in self._emotions:
            raise UnknownName("emotion", emotion, self.known_emotions())
        if not SLOWEST_PACE <= pace <= FASTEST_PACE:
            raise InvalidAsk("pace", f"must be {SLOWEST_PACE}..{FASTEST_PACE}, is {pace}")
        if not text.strip():
            raise InvalidAsk("text", "is empty")
        if len(text) > LONGEST_TEXT:
            raise InvalidAsk("text", f"has {len(text)} characters, at most {LONGEST_TEXT} are spoken as one line")
        words = self._lexicon.read(text)
        sentences = self._phonemiser.sentences(words)
        if not sentences:
            raise InvalidAsk("text", "has nothing that can be said in English")
        return words, sentences

    def _say(
        self, sentences: tuple[Sentence, ...], design: VoiceDesign, feeling: Emotion, pace: float, seed: int
    ) -> Dry:
        """The sentences one after the other, with silences between them as long as the feeling makes them."""
        manner = manner_of(design, feeling, pace)
        speaker = self._speakers[design.speaker]
        parts: list[Floats] = []
        soundings: list[Sounding] = []
        cursor = rate_hz = 0
        for index, sentence in enumerate(sentences):
            pcm, own, rate_hz = self._sentence(speaker, sentence, manner, feeling.pause, seed + index)
            if parts:
                ended = sentences[index - 1].symbols[-1] in SENTENCE_ENDS
                gap = round((SENTENCE_GAP_S if ended else CLAUSE_GAP_S) * feeling.pause / pace * rate_hz)
                parts.append(np.zeros(gap, np.float32))
                cursor += gap
            soundings += [sounding.moved(1.0, cursor) for sounding in own]
            parts.append(pcm)
            cursor += len(pcm)
        return Dry(np.concatenate(parts), rate_hz, tuple(soundings))

    def _sentence(
        self, speaker: Speaker, sentence: Sentence, manner: Manner, pause: float, seed: int
    ) -> tuple[Floats, list[Sounding], int]:
        """(pcm without silence at its ends, soundings in it, rate)."""
        rendering = speaker.say(sentence.symbols, manner, seed)
        soundings = soundings_of(sentence.symbols, sentence.owners, rendering.edges)
        pcm, soundings = stretch_pauses(rendering.pcm, soundings, self._phones, rendering.rate_hz, pause)
        start, end = speech_span(pcm, rendering.rate_hz)
        if end == 0:
            raise EngineUnavailable(f"speaker {speaker.name} gave no sound for {sentence.symbols!r}")
        return (
            _softened(pcm[start:end], rendering.rate_hz),
            [_bounded(sounding, start, end) for sounding in soundings],
            rendering.rate_hz,
        )

    def _with_available_speaker(self, design: VoiceDesign) -> VoiceDesign:
        if design.speaker in self._speakers:
            return design
        stand_in = self._nearest(design.speaker)
        self._fallbacks[design.name] = f"{design.name} is spoken by {stand_in.name} because {design.speaker} is missing"
        _log.warning("%s", self._fallbacks[design.name])
        return _spoken_by(design, stand_in)

    def _nearest(self, speaker: str) -> Speaker:
        """The other speaker whose resonances are most like those of one that is not to be had."""
        others = {name: other for name, other in self._speakers.items() if name != speaker}
        if not others:
            raise EngineUnavailable(f"voice_neural: speaker {speaker} failed and there is no other")
        return _most_like(speaker, others)

    def _fingerprint(self) -> str:
        speakers = "+".join(sorted(speaker.fingerprint for speaker in self._speakers.values()))
        data = designs_text() + lexicon_text() + phones_text()
        return f"{REVISION} {speakers} data:{hashlib.sha256(data.encode()).hexdigest()[:12]}"


def _most_like(speaker: str, others: Mapping[str, Speaker]) -> Speaker:
    return min(others.values(), key=lambda other: abs(other.formant_scale - ADULT_FORMANT_SCALES[speaker]))


def _recast(designs: Designs, speakers: Mapping[str, Speaker]) -> Designs:
    """The same voices, those of other speakers designed for the ones there are."""
    voices = {
        name: design
        if design.speaker in speakers
        else replace(_spoken_by(design, stand_in := _most_like(design.speaker, speakers)), designed_for=stand_in.name)
        for name, design in designs.voices.items()
    }
    return replace(designs, voices=voices)


def _spoken_by(design: VoiceDesign, stand_in: Speaker) -> VoiceDesign:
    return design.with_speaker(stand_in.name, stand_in.formant_scale / ADULT_FORMANT_SCALES[design.speaker])


def _kokoro(pins: Mapping[str, ModelFile], threads: int, device: str) -> Mapping[str, Speaker]:
    parts = [pin for name, pin in pins.items() if name.startswith("kokoro_part_")]
    network = KokoroNetwork.load(parts, pins["hibari_vocabulary"], threads, device)
    return KokoroSpeaker.load_all(network, pins["kokoro_voices"])


def _bounded(sounding: Sounding, start: int, end: int) -> Sounding:
    """The sounding inside pcm[start:end], counted from start."""
    return Sounding(
        sounding.symbol,
        sounding.owner,
        min(max(sounding.start, start), end) - start,
        min(max(sounding.end, start), end) - start,
    )


def _softened(pcm: Floats, rate_hz: int) -> Floats:
    """The sentence with its cut ends eased in and out."""
    ramp = np.linspace(0.0, 1.0, max(1, min(round(EASE_S * rate_hz), len(pcm) // 2)), dtype=np.float32)
    softened = pcm.copy()
    softened[: len(ramp)] *= ramp
    softened[len(softened) - len(ramp) :] *= ramp[::-1]
    return softened


def _through_chain(dry: Dry, design: VoiceDesign, feeling: Emotion, seed: int) -> tuple[Floats, int]:
    """(pcm at 48 kHz, levelled; sample at which the dry speech starts in it)."""
    speech = soxr.resample(dry.pcm, dry.rate_hz, SAMPLE_RATE_HZ).astype(np.float32)
    head = round((HEAD_S + lead_s(design.chain)) * SAMPLE_RATE_HZ)
    tail = round((TAIL_S + tail_s(design.chain)) * SAMPLE_RATE_HZ)
    pcm = np.pad(levelled(speech, SPEECH_LUFS), (head, tail))
    random = np.random.default_rng(seed)
    for effect in (Shelf(BRIGHT_FROM_HZ, feeling.bright_db, "high"), *design.chain):
        pcm = effect.apply(pcm, random)
    _, heard_until = speech_span(pcm, SAMPLE_RATE_HZ, below_peak_db=50.0)
    pcm = pcm[: max(heard_until, head + len(speech)) + round(TAIL_S * SAMPLE_RATE_HZ)]
    fade = min(round(TAIL_S * SAMPLE_RATE_HZ), len(pcm))
    pcm[len(pcm) - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    return levelled(pcm, SPEECH_LUFS + feeling.level_db), head
