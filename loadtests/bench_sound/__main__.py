"""`python -m loadtests.bench_sound`: measures the sound of a film and writes loadtests/results/sound.json."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from loadtests.bench_sound import film, likeness, lips, mix, peers, reaction
from loadtests.bench_sound.recogniser import Recogniser
from services.inference.adapters.animator_stage import StageAnimator
from services.inference.adapters.composer_score import ScoreComposer
from services.inference.adapters.foley_synthesis import SynthesisedFoley
from services.inference.adapters.painter_raymarch.engine import RaymarchPainter
from services.inference.adapters.puppets_sprite.engine import SpritePuppets
from services.inference.adapters.voice_neural import NeuralVoice
from services.inference.lineup import read_lineup
from services.inference.settings import read_settings

OUT = Path(__file__).resolve().parents[1] / "results"
PARTS = ("voices", "likeness", "film", "music", "lips")
GOALS: dict[str, Callable[[float], bool]] = {
    "speaker_accuracy": lambda value: value > 0.95,
    "lufs": lambda value: abs(value + 16.0) <= 1.0,
    "true_peak_dbtp": lambda value: value <= -1.0,
    "splice_ratio": lambda value: value <= 1.0,
    "dialogue_music_db": lambda value: value >= 10.0,
    "realtime_factor": lambda value: value >= 8.0,
    "music_reaction_ms": lambda value: value <= 500.0,
    "lipsync_mean_ms": lambda value: abs(value) < 20.0,
    "lipsync_p95_ms": lambda value: value <= 60.0,
}


def main() -> int:
    """0: every figure is where it should be. 1: one is not."""
    arguments = _arguments()
    out = Path(arguments.out)
    path = out / "sound.json"
    results: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    speaking = film.Speaking(NeuralVoice.load())
    for part in arguments.parts:
        print(f"-- {part}", flush=True)
        results.update(_PARTS[part](speaking, arguments))
        out.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    return _print(results)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench_sound", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="length of the film that is mixed")
    parser.add_argument("--lines", type=int, default=14, help="lines that each voice says to the recogniser")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="what to measure")
    parser.add_argument("--out", default=str(OUT), help="folder of sound.json")
    return parser.parse_args()


def _voices(speaking: film.Speaking, arguments: argparse.Namespace) -> dict[str, Any]:
    """Every voice and the peer say the same lines of the film."""
    recogniser = Recogniser(read_settings().cache)
    script = film.script_of(film.load_story())
    spoken = [line for line in script if 5 <= len(line[1].split()) <= 22]
    chosen = spoken[:: max(1, len(spoken) // arguments.lines)][: arguments.lines]
    peer = recogniser.errors([(text, *peers.espeak(text)) for _, text, _ in chosen])
    wer: dict[str, float] = {}
    carried = sorted({voice for voice, _, _ in script if "+" in voice})
    for voice in (*speaking.voice.known_voices(), *carried):
        said = [(text, speaking.speak(text, voice, emotion, 1.0).pcm, 48_000) for _, text, emotion in chosen]
        wrong, words = recogniser.errors(said)
        wer[voice] = round(wrong / words, 4)
        print(f"   {voice:<24} {wer[voice]:.3f}", flush=True)
    return {"wer": wer, "wer_espeak": round(peer[0] / peer[1], 4), "wer_words": peer[1]}


def _likeness(speaking: film.Speaking, _: argparse.Namespace) -> dict[str, Any]:
    """Ten lines of every speaking part, as they are said in the film."""
    prints = likeness.VoicePrints()
    by_part: dict[str, list[Any]] = {}
    for voice, text, emotion in film.script_of(film.load_story()):
        own = by_part.setdefault(voice, [])
        if len(own) < 10 and len(text.split()) >= 4 and "+" not in voice:
            own.append(prints.of(speaking.speak(text, voice, emotion, 1.0).pcm, 48_000))
    accuracy = likeness.pairwise_accuracy({voice: own for voice, own in by_part.items() if len(own) == 10})
    worst = min(accuracy, key=lambda pair: accuracy[pair])
    return {
        "speaker_accuracy": round(float(np.mean(list(accuracy.values()))), 4),
        "speaker_accuracy_lowest": round(accuracy[worst], 4),
        "speaker_pair_lowest": list(worst),
        "speakers": len({name for pair in accuracy for name in pair}),
    }


def _film(speaking: film.Speaking, arguments: argparse.Namespace) -> dict[str, Any]:
    """The film of a viewer without likes, mixed, encoded and decoded."""
    before = speaking.cpu_s
    made = film.scenes(speaking, arguments.minutes, film.load_story())
    studio, track, forked = _studio(), mix.Track(), mix.Track()
    said: list[mix.Stereo] = []
    bed: list[mix.Stereo] = []
    lines: list[tuple[int, int]] = []
    at = 0
    for shot in film.shots(made):
        speeches = [speaking.speak(line.text, line.voice, line.emotion, line.pace) for line in shot.lines]
        chunks = mix.chunks_of(shot)
        sound = studio.take(shot, speeches)
        track.add(sound, chunks)
        said += [sound.dialogue(chunk) for chunk in chunks]
        bed += [sound.bed(chunk) for chunk in chunks]
        lines += [(at + line.start_frame * 2_000, len(speech.pcm)) for line, speech in
                  zip(shot.lines, speeches, strict=True) if line.start_frame >= 0]  # fmt: skip
        cut = mix.FORK_FRAME // 12
        if len(forked.packets) < 3_000:
            forked.add(sound, chunks[:cut])
            forked.add(studio.take(shot, speeches, mix.TENSER), chunks[cut:])
        at += shot.frame_count * 2_000
    heard, fork_heard = track.decoded(), forked.decoded()
    lufs, peak = mix.loudness(heard)
    over = mix.dialogue_over_bed(np.concatenate(said), np.concatenate(bed), lines)
    splice, fork_splice = mix.splices(heard, track.borders), mix.splices(fork_heard, forked.borders)
    film_s = at / 48_000
    cpu_s = speaking.cpu_s - before + track.cpu_s
    _keep(arguments, heard)
    return {
        "film_s": round(film_s, 1),
        "lufs": round(lufs, 2),
        "true_peak_dbtp": round(peak, 2),
        "splice_ratio": round(max(splice.ratio, fork_splice.ratio), 3),
        "splice_local_ratio": round(max(splice.local, fork_splice.local), 3),
        "splices": splice.count + fork_splice.count,
        "dialogue_music_db": round(min(over), 1),
        "dialogue_music_median_db": round(float(np.median(over)), 1),
        "realtime_factor": round(film_s / cpu_s, 1),
        "voice_realtime_factor": round(speaking.spoken_s / speaking.cpu_s, 1),
        "mix_realtime_factor": round(film_s / track.cpu_s, 1),
    }


def _keep(arguments: argparse.Namespace, heard: mix.Stereo) -> None:
    """The film's sound as a file to listen to."""
    from scipy.io import wavfile

    Path(arguments.out).mkdir(parents=True, exist_ok=True)
    wavfile.write(Path(arguments.out) / "sound.wav", 48_000, (heard.clip(-1, 1) * 32_767).astype(np.int16))


def _music(_: film.Speaking, __: argparse.Namespace) -> dict[str, Any]:
    found = reaction.reactions_ms(_studio())
    return {
        "music_reaction_ms": round(float(np.percentile(found, 95)), 0),
        "music_reaction_median_ms": round(float(np.median(found)), 0),
        "music_reactions": len(found),
    }


def _lips(speaking: film.Speaking, _: argparse.Namespace) -> dict[str, Any]:
    painter, composer, foley = RaymarchPainter(), _studio().composer, SynthesisedFoley()
    puppets = SpritePuppets(cache=read_settings().cache / "puppets")
    spoken, mumbled = (
        StageAnimator(painter, cast, speaking, composer, foley) for cast in (puppets, lips.Mumblers(puppets))
    )
    speeches = [speaking.speak(line.text, line.voice, "calm", 1.0) for line in lips.LINES]
    found = np.array(lips.offsets_ms(spoken, mumbled, speeches))
    return {
        "lipsync_mean_ms": round(float(found.mean()), 1),
        "lipsync_p95_ms": round(float(np.percentile(np.abs(found), 95)), 1),
        "lipsync_openings": len(found),
    }


def _studio() -> mix.Studio:
    choice = read_lineup(read_settings().lineup).choice("composer")
    return mix.Studio(ScoreComposer(Path(choice.text("soundfont"))), SynthesisedFoley())


_PARTS: dict[str, Callable[[film.Speaking, argparse.Namespace], dict[str, Any]]] = {
    "voices": _voices, "likeness": _likeness, "film": _film, "music": _music, "lips": _lips,
}  # fmt: skip


def _print(results: dict[str, Any]) -> int:
    wrong: list[str] = []
    for name, value in results.items():
        met = GOALS[name](value) if name in GOALS else True
        if name == "wer":
            for voice, share in value.items():
                good = share < results["wer_espeak"]
                print(f"{'wer ' + voice:<28} {share:>9}{'' if good else '   WRONG: not below espeak-ng'}")
                wrong += [] if good else [voice]
        else:
            print(f"{name:<28} {value!s:>9}{'' if met else '   WRONG'}")
        wrong += [] if met else [name]
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
